"""NOT NULL: through a CHECK that is validated while others read and write."""

from collections.abc import Sequence

from alembic_workflow.safe_forms.change import DropDefault, SetNotNull, Table
from alembic_workflow.safe_forms.source import (
    add_constraint,
    alter_column,
    backfill,
    drop_constraint,
    not_null_check,
    validate,
)
from alembic_workflow.safe_forms.step import AFTER, Step


def set_not_null(change: SetNotNull) -> tuple[Step, ...]:
    """Return the steps that fill a column and then require it."""
    table, column = change.table, change.column
    filled = backfill(table, column, change.fill, f"{column.sql} IS NULL")
    check, no_check = check_lines(table, [column.name]), uncheck_lines(table, [column.name])
    require, relax = require_lines(table, [column.name]), relax_lines(table, [column.name])
    if change.check:
        check = no_check = ()
        set_, drop = (
            alter_column(table, column.name, f"{each} NOT NULL") for each in ("SET", "DROP")
        )
        require, relax = (validate(table, change.check), set_), (drop,)
    deploy = f"Deploy once nothing that runs writes NULL to {table.sql}.{column.sql}."
    return (
        Step(
            "backfill",
            (filled, *check),
            no_check,
            f"{deploy} Rows that have NULL get {change.fill}: is that right?",
        ),
        Step("contract", require, relax, AFTER),
    )


def drop_default(change: DropDefault) -> tuple[Step, ...]:
    """Return the step that takes a default from a required column."""
    table, column = change.table, change.column
    return (
        Step(
            "drop",
            (alter_column(table, column.name, "DROP DEFAULT"),),
            (alter_column(table, column.name, f"SET DEFAULT {column.default}"),),
            f"Deploy once everything that runs writes {table.sql}.{column.sql} itself.",
            (("ban-drop-default", "everything that runs writes the column itself"),),
        ),
    )


def check_lines(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the operations after which new rows must have these columns."""
    checks = [not_null_check(table, column) for column in columns]
    return tuple(add_constraint(table, check, " NOT VALID") for check in checks)


def uncheck_lines(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the operations that undo that."""
    return tuple(drop_constraint(table, not_null_check(table, column).name) for column in columns)


def require_lines(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the operations that put NOT NULL in the place of the CHECKs."""
    return (
        *(validate(table, not_null_check(table, column).name) for column in columns),
        *(alter_column(table, column, "SET NOT NULL") for column in columns),
        *uncheck_lines(table, columns),
    )


def relax_lines(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the operations that undo that."""
    return (
        *check_lines(table, columns),
        *(alter_column(table, column, "DROP NOT NULL") for column in columns),
    )
