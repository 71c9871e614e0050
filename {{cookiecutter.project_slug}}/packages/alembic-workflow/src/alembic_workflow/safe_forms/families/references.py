"""Foreign keys to a key or a column whose place another one takes."""

from typing import NamedTuple

from alembic_workflow.safe_forms.change import Part, Table
from alembic_workflow.safe_forms.source import add_constraint, drop_constraint, validate


class References(NamedTuple):
    """The operations on them."""

    drops: tuple[str, ...]
    adds: tuple[str, ...]
    """Without reading rows."""
    whole: tuple[str, ...]
    """With reading them, as in a downgrade."""
    validated: tuple[str, ...]


def of_references(keys: tuple[tuple[Table, Part], ...]) -> References:
    """Return the operations on foreign keys, which come with their tables."""
    return References(
        tuple(drop_constraint(table, key.name) for table, key in keys),
        tuple(add_constraint(table, key, " NOT VALID") for table, key in keys),
        tuple(add_constraint(table, key) for table, key in keys),
        tuple(validate(table, key.name) for table, key in keys),
    )
