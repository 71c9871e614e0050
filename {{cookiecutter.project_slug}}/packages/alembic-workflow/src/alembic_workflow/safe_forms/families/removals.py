"""Columns and tables that go, once no release needs them."""

from dataclasses import replace

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.change import DropColumn, DropTable
from alembic_workflow.safe_forms.constraint_source import added
from alembic_workflow.safe_forms.source import backfill, text
from alembic_workflow.safe_forms.step import Step


def drop_column(change: DropColumn) -> tuple[Step, ...]:
    """Return the steps that let rows be without the column, and then drop it."""
    table, column = change.table, change.column
    own = f"{table.sql}.{column.sql}"
    needs_value = column.is_required and column.default is None and not column.generated
    comes_back = replace(column, is_required=False) if needs_value else column
    restored = (
        column_source.add_column(table, comes_back),
        *(added(table, each) for each in change.parts),
    )
    drop = Step(
        "drop",
        (column_source.drop_column(table, column.name),),
        restored,
        f"Deploy with the release after the one that does without {own}, once nothing of an older "
        "one runs.",
        (("ban-drop-column", f"no release that runs uses {column.name}"),),
        own,
    )
    if not needs_value:
        return (drop,)
    return (
        Step(
            "expand",
            (column_source.drop_not_null(table, column.name),),
            (
                backfill(table, column, change.fill, f"{column.sql} IS NULL"),
                column_source.set_not_null(table, column.name),
            ),
            f"Deploy before the release that writes rows without {own}.",
            (),
            own,
        ),
        drop,
    )


def drop_table(change: DropTable) -> tuple[Step, ...]:
    """Return the step that drops a table."""
    table = change.table
    return (
        Step(
            "drop",
            (f"op.drop_table({text(table.name)}{table.keyword})",),
            change.restore
            or ('raise NotImplementedError("The rows are gone; restore a backup.")',),
            f"Deploy with the release after the one that does without {table.sql}, once nothing of "
            "an older one runs.",
            (("ban-drop-table", f"no release that runs uses {table.name}"),),
            table.sql,
        ),
    )
