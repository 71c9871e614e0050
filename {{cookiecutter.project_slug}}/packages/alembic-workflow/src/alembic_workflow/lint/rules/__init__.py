"""All rules of the linter."""

from alembic_workflow.lint.rules.file import FILE_RULES, UNUSED_IGNORE
from alembic_workflow.lint.rules.locks import LOCK_RULES
from alembic_workflow.lint.rules.objects import OBJECT_RULES
from alembic_workflow.lint.rules.statements import STATEMENT_RULES
from alembic_workflow.lint.rules.tables import TABLE_RULES
from alembic_workflow.lint.rules.text import TEXT_RULES

__all__ = ["OF_FILE", "OF_RUN", "RULES", "UNUSED_IGNORE"]

OF_FILE = FILE_RULES
"""They are about what a person wrote, in either direction."""
OF_RUN = (*LOCK_RULES, *STATEMENT_RULES, *TABLE_RULES, *OBJECT_RULES, *TEXT_RULES)
"""They are about what one direction does."""
RULES = (*OF_FILE, *OF_RUN, UNUSED_IGNORE)
