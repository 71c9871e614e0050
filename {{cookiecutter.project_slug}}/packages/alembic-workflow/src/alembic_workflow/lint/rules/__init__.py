"""All rules of the linter."""

from alembic_workflow.lint.rules.columns import COLUMN_RULES
from alembic_workflow.lint.rules.constraints import CONSTRAINT_RULES
from alembic_workflow.lint.rules.file import FILE_RULES, UNUSED_IGNORE
from alembic_workflow.lint.rules.losses import LOSSES
from alembic_workflow.lint.rules.rows import ROW_RULES
from alembic_workflow.lint.rules.tables import TABLE_RULES
from alembic_workflow.lint.rules.transactions import TRANSACTION_RULES
from alembic_workflow.lint.rules.words import WORD_RULES

__all__ = ["OF_FILE", "OF_RUN", "RULES", "UNUSED_IGNORE"]

OF_FILE = FILE_RULES
"""They are about what a person wrote, in either direction."""
OF_RUN = (
    *(*TABLE_RULES, *COLUMN_RULES, *CONSTRAINT_RULES, *ROW_RULES),
    *(*LOSSES, *TRANSACTION_RULES, *WORD_RULES),
)
"""They are about what one direction does."""
RULES = (*OF_FILE, *OF_RUN, UNUSED_IGNORE)
