"""Rules about what the running service loses, by comparing the catalogs before and after."""

from alembic_workflow.lint.rules.losses.access import ACCESS_LOSSES
from alembic_workflow.lint.rules.losses.columns import COLUMN_LOSSES
from alembic_workflow.lint.rules.losses.constraints import CONSTRAINT_LOSSES
from alembic_workflow.lint.rules.losses.objects import OBJECT_LOSSES
from alembic_workflow.lint.rules.losses.tables import TABLE_LOSSES

__all__ = ["LOSSES"]

LOSSES = (
    *(*TABLE_LOSSES, *COLUMN_LOSSES, *CONSTRAINT_LOSSES),
    *(*ACCESS_LOSSES, *OBJECT_LOSSES),
)
