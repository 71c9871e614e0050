"""NOT NULL: through a CHECK that is validated while others read and write."""

from collections.abc import Sequence

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.change import Column, DropDefault, SetNotNull, Table
from alembic_workflow.safe_forms.constraint_source import (
    check_lines,
    not_null_check,
    uncheck_lines,
    validate,
)
from alembic_workflow.safe_forms.source import backfill
from alembic_workflow.safe_forms.step import AFTER, Step


def set_not_null(change: SetNotNull) -> tuple[Step, ...]:
    """Return the steps that fill a column and then require it."""
    table, column = change.table, change.column
    own = f"{table.sql}.{column.sql}"
    deploy = (
        f"Deploy once nothing that runs writes NULL to {own}. Rows that have NULL get "
        f"{change.fill}: is that right?"
    )
    if change.check:
        rows = filled(table, column, change.fill, deploy, own, is_required=False)
        check = validate(table, change.check)
        require = column_source.set_not_null(table, column.name)
        relax = column_source.drop_not_null(table, column.name)
        return (rows, Step("contract", (check, require), (relax,), AFTER))
    return (filled(table, column, change.fill, deploy, own), required(table, column))


def filled(
    table: Table,
    column: Column,
    value: str,
    deploy: str,
    about: str = "",
    *,
    is_required: bool = True,
) -> Step:
    """Return the step that fills a column, after which new rows must have it if it is required."""
    checked = [column.name] if is_required else []
    return Step(
        "backfill",
        (
            backfill(table, column, value, f"{column.sql} IS NULL"),
            *check_lines(table, checked),
        ),
        uncheck_lines(table, checked),
        deploy,
        (),
        about,
    )


def required(table: Table, column: Column) -> Step:
    """Return the step that puts NOT NULL in the place of the CHECK."""
    lines, undo = require_lines(table, [column.name]), relax_lines(table, [column.name])
    return Step("contract", lines, undo, AFTER)


def drop_default(change: DropDefault) -> tuple[Step, ...]:
    """Return the step that takes a default from a required column."""
    table, column = change.table, change.column
    return (
        Step(
            "drop",
            (column_source.drop_default(table, column.name),),
            (column_source.set_default(table, column.name, str(column.default)),),
            f"Deploy once everything that runs writes {table.sql}.{column.sql} itself.",
            (("ban-drop-default", "everything that runs writes the column itself"),),
            f"{table.sql}.{column.sql}",
        ),
    )


def require_lines(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the operations that put NOT NULL in the place of the CHECKs."""
    return (
        *(validate(table, not_null_check(table, column).name) for column in columns),
        *(column_source.set_not_null(table, column) for column in columns),
        *uncheck_lines(table, columns),
    )


def relax_lines(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the operations that undo that."""
    return (
        *check_lines(table, columns),
        *(column_source.drop_not_null(table, column) for column in columns),
    )
