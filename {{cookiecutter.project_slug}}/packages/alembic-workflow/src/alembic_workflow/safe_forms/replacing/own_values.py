"""Values that a column gives by itself: a default, or the numbers of an identity column."""

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.source import alter_column, execute
from alembic_workflow.safe_forms.table import Column, Table
from alembic_workflow.sql.identifiers import literal


def values(table: Table, column: Column) -> tuple[str, ...]:
    """Return what lets a column get values by itself."""
    if column.default is not None:
        return (column_source.set_default(table, column.name, column.default),)
    return counting(table, column)


def counting(table: Table, column: Column) -> tuple[str, ...]:
    """Return what lets an identity column go on from the highest number."""
    if not column.generated:
        return ()
    counter = f"pg_get_serial_sequence({literal(table.sql)}, {literal(column.name)})"
    highest = f"coalesce(max({column.sql}), 0) + 1"
    return (
        alter_column(table, column.name, f"ADD {column.generated}"),
        execute(f"SELECT setval({counter}, {highest}, false) FROM {table.sql}"),
    )


def owning(table: Table, column: Column, sequence: str) -> tuple[str, ...]:
    """Return what lets a sequence stay when the column goes that this one takes the place of."""
    if not sequence:
        return ()
    return (execute(f"ALTER SEQUENCE {sequence} OWNED BY {table.sql}.{column.sql}"),)


def without_values(table: Table, column: Column) -> tuple[str, ...]:
    """Return what lets it get none."""
    if column.default is not None:
        return (column_source.drop_default(table, column.name),)
    return (alter_column(table, column.name, "DROP IDENTITY"),) if column.generated else ()
