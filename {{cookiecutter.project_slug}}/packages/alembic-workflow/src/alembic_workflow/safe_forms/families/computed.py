"""New columns that PostgreSQL computes or counts, without writing the table anew."""

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.change import AddColumn
from alembic_workflow.safe_forms.families.required import (
    filled,
    relax_lines,
    require_lines,
)
from alembic_workflow.safe_forms.replacing.synchronisation import computing, not_computing
from alembic_workflow.safe_forms.source import alter_column, backfill, execute
from alembic_workflow.safe_forms.step import ANY_TIME, FILLED, UNKNOWN, Step
from alembic_workflow.sql.identifiers import beside, literal, name


def identity_column(change: AddColumn) -> tuple[Step, ...]:
    """Count with a sequence of our own first, and go on from it with that of the column."""
    table, column = change.table, change.column
    sequence = name(table.schema, beside(f"{table.name}_{column.name}", "_numbers"))
    following = f"nextval({literal(sequence)})"
    is_always = column.generated.startswith("GENERATED ALWAYS")
    ignore = (("ban-alter-identity", "nothing that runs writes it"),) if is_always else ()
    counter = f"pg_get_serial_sequence({literal(table.sql)}, {literal(column.name)})"
    return (
        Step(
            "expand",
            (
                execute(f"CREATE SEQUENCE {sequence}"),
                column_source.add_empty_column(table, column),
                column_source.set_default(table, column.name, following),
            ),
            (column_source.drop_column(table, column.name), execute(f"DROP SEQUENCE {sequence}")),
            UNKNOWN,
        ),
        filled(
            table,
            column,
            following,
            f"{ANY_TIME} after the one before: rows are numbered in batches.",
        ),
        Step(
            "contract",
            (
                *require_lines(table, [column.name]),
                column_source.drop_default(table, column.name),
                alter_column(table, column.name, f"ADD {column.generated}"),
                execute(f"SELECT setval({counter}, nextval({literal(sequence)}))"),
                execute(f"DROP SEQUENCE {sequence}"),
            ),
            (
                execute(f"CREATE SEQUENCE {sequence}"),
                execute(f"SELECT setval({literal(sequence)}, nextval({counter}))"),
                alter_column(table, column.name, "DROP IDENTITY"),
                column_source.set_default(table, column.name, following),
                *relax_lines(table, [column.name]),
            ),
            f"Deploy once nothing that runs writes {table.sql}.{column.sql} itself.",
            ignore,
            f"{table.sql}.{column.sql}",
        ),
    )


def generated_column(change: AddColumn) -> tuple[Step, ...]:
    """A stored column is computed by a trigger: PostgreSQL would write the table anew."""
    table, column = change.table, change.column
    expression = column.generated.removeprefix("GENERATED ALWAYS AS (").rpartition(")")[0]
    where = f"{column.sql} IS NULL AND ({expression}) IS NOT NULL"
    return (
        Step(
            "expand",
            (
                column_source.add_empty_column(table, column),
                *computing(table, column.name, expression),
            ),
            (*not_computing(table, column.name), column_source.drop_column(table, column.name)),
            f"{UNKNOWN} In the models it is a plain column with server_default=FetchedValue().",
        ),
        Step(
            "backfill",
            (backfill(table, column, expression, where),),
            (),
            FILLED,
        ),
    )
