"""Foreign keys to a key or a column whose place another one takes."""

from typing import NamedTuple

from alembic_workflow.safe_forms.constraint_source import (
    add_constraint,
    drop_constraint,
    partition_foreign_keys,
    validate,
)
from alembic_workflow.safe_forms.source import alter
from alembic_workflow.safe_forms.step import OF_PARTITIONS
from alembic_workflow.safe_forms.table import Part, Table
from alembic_workflow.sql.identifiers import name


class References(NamedTuple):
    """The operations on them."""

    drops: tuple[str, ...]
    adds: tuple[str, ...]
    """Without reading rows."""
    whole: tuple[str, ...]
    """With reading them, as in a downgrade."""
    validated: tuple[str, ...]
    ignore: tuple[tuple[str, str], ...]
    """The linter's codes for what is right in validating them."""


def of_references(keys: tuple[tuple[Table, Part], ...]) -> References:
    """Return the operations on foreign keys, which come with their tables.

    That of a partitioned table, which cannot be NOT VALID before PostgreSQL 18, is away until it
    is validated partition by partition.
    """
    plain = [(table, key) for table, key in keys if not table.is_partitioned]
    others = [(table, key) for table, key in keys if table.is_partitioned]
    return References(
        (
            *(drop_constraint(table, key.name) for table, key in plain),
            *(alter(table, f"DROP CONSTRAINT IF EXISTS {name(key.name)}") for table, key in others),
        ),
        tuple(add_constraint(table, key, " NOT VALID") for table, key in plain),
        tuple(add_constraint(table, key) for table, key in keys),
        (
            *(partition_foreign_keys(table, key) for table, key in others),
            *(add_constraint(table, key) for table, key in others),
            *(validate(table, key.name) for table, key in plain),
        ),
        OF_PARTITIONS if others else (),
    )
