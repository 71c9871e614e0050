"""New columns: nothing is written anew, and nothing is required before rows have it."""

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.change import AddColumn
from alembic_workflow.safe_forms.families.computed import generated_column, identity_column
from alembic_workflow.safe_forms.families.required import (
    filled,
    required,
)
from alembic_workflow.safe_forms.step import FILLED, UNKNOWN, Step


def add_column(change: AddColumn) -> tuple[Step, ...]:
    """Return the steps that add a column, whatever it gets its values from."""
    column = change.column
    if column.generated.startswith("GENERATED ALWAYS AS ("):
        return generated_column(change) if change.rewrites else (_plain(change),)
    if column.generated:
        return identity_column(change)
    if column.default is not None and change.rewrites:
        return _with_default(change)
    if column.is_required and column.default is None:
        return _required(change)
    return (_plain(change),)


def _plain(change: AddColumn) -> Step:
    table, column = change.table, change.column
    return Step(
        "expand",
        (column_source.add_column(table, column),),
        (column_source.drop_column(table, column.name),),
        UNKNOWN,
    )


def _required(change: AddColumn) -> tuple[Step, ...]:
    table, column = change.table, change.column
    own = f"{table.sql}.{column.sql}"
    return (
        Step(
            "expand",
            (column_source.add_empty_column(table, column),),
            (column_source.drop_column(table, column.name),),
            f"Deploy before the release that writes {own}.",
            (),
            own,
        ),
        filled(
            table,
            column,
            change.fill,
            f"Deploy once everything that runs writes {own}. Rows that exist get {change.fill}: is "
            "that right?",
            own,
        ),
        required(table, column),
    )


def _with_default(change: AddColumn) -> tuple[Step, ...]:
    table, column = change.table, change.column
    assert column.default is not None
    rows = filled(table, column, column.default, FILLED, is_required=column.is_required)
    return (
        Step(
            "expand",
            (
                column_source.add_empty_column(table, column),
                column_source.set_default(table, column.name, column.default),
            ),
            (column_source.drop_column(table, column.name),),
            UNKNOWN,
        ),
        rows,
        *((required(table, column),) if column.is_required else ()),
    )
