"""Another type or another name of a column: a column beside it takes its place in the end."""

from dataclasses import replace

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.change import ChangeType, Column, RenameColumn, Table
from alembic_workflow.safe_forms.constraint_source import not_null_check, validate
from alembic_workflow.safe_forms.families.required import (
    check_lines,
    uncheck_lines,
)
from alembic_workflow.safe_forms.replacing.copies import Copies
from alembic_workflow.safe_forms.replacing.own_values import (
    counting,
    owning,
    values,
    without_values,
)
from alembic_workflow.safe_forms.replacing.references import of_references
from alembic_workflow.safe_forms.replacing.synchronisation import (
    both_ways,
    computing,
    not_computing,
)
from alembic_workflow.safe_forms.source import (
    alter,
    alter_column,
    backfill,
    execute,
)
from alembic_workflow.safe_forms.step import AFTER, FILLED, Step
from alembic_workflow.sql.identifiers import beside, name

GONE = (("ban-drop-column", "another column has taken its place"),)


def change_type(change: ChangeType) -> tuple[Step, ...]:
    """Return the steps that fill a column of the new type, and then give it the name."""
    table, before, after = change.table, change.before, change.after
    new = replace(after, name=beside(after.name, "_new"))
    copies = Copies(table, change.parts, after.name, new.name)
    sync = computing(table, new.name, change.using)
    own = f"{table.sql}.{before.sql}"
    drops, adds, whole, validated, ignore = of_references(change.references)
    back = (
        *drops,
        *without_values(table, after),
        alter_column(table, after.name, f"TYPE {before.type} USING {change.back}"),
        *values(table, before),
        *whole,
        column_source.add_empty_column(table, new),
        execute(f"UPDATE {table.sql} SET {new.sql} = {change.using}"),
        *sync,
        *copies.restored,
    )
    steps = (
        Step(
            "expand",
            (column_source.add_empty_column(table, new), *sync),
            (*not_computing(table, new.name), column_source.drop_column(table, new.name)),
            f"Deploy at any time: a trigger writes {new.sql} wherever {own} is written.",
        ),
        _filling(table, before, new, change.using, copies),
        Step(
            "contract",
            (
                *_checked(table, new, copies),
                *drops,
                *not_computing(table, new.name),
                *owning(table, new, change.sequence),
                _without(table, before, new, copies),
                column_source.rename_column(table, new.name, after.name),
                *copies.renamed,
                *counting(table, after),
                *adds,
            ),
            (*_relaxed(table, before, after), *back, *_rechecked(table, new)),
            f"Deploy once everything that runs can read and write {own} in both types.",
            GONE,
            own,
        ),
    )
    last = Step("validate", validated, (*drops, *adds), AFTER, ignore)
    return (*steps, last) if validated else steps


def rename_column(change: RenameColumn) -> tuple[Step, ...]:
    """Return the steps that fill a column of the new name, and then drop the old one."""
    table, old = change.table, change.column
    new = replace(old, name=change.new)
    copies = Copies(table, change.parts, old.name, new.name)
    sync = both_ways(table, old.name, new.name)
    back = (
        *_relaxed(table, new, new),
        *without_values(table, new),
        column_source.rename_column(table, new.name, old.name),
        *values(table, old),
        column_source.add_empty_column(table, new),
        execute(f"UPDATE {table.sql} SET {new.sql} = {old.sql}"),
        *sync,
        *copies.restored,
        *_rechecked(table, new),
    )
    return (
        Step(
            "expand",
            (column_source.add_empty_column(table, new), *sync),
            (*not_computing(table, new.name), column_source.drop_column(table, new.name)),
            f"Deploy before the release that uses {new.sql}: a trigger keeps both columns alike.",
        ),
        _filling(table, old, new, old.sql, copies),
        Step(
            "contract",
            (
                *_checked(table, new, copies),
                *not_computing(table, new.name),
                _without(table, old, new, copies),
                *copies.renamed,
                *counting(table, new),
            ),
            back,
            f"Deploy once nothing that runs uses {table.sql}.{old.sql}.",
            GONE,
            f"{table.sql}.{old.sql}",
        ),
    )


def _filling(table: Table, old: Column, new: Column, value: str, copies: Copies) -> Step:
    where = f"{new.sql} IS NULL AND ({value}) IS NOT NULL"
    checks = check_lines(table, [new.name]) if new.is_required else ()
    unchecks = uncheck_lines(table, [new.name]) if new.is_required else ()
    return Step(
        "backfill",
        (backfill(table, new, value, where), *copies.built, *checks),
        (*copies.unbuilt, *unchecks),
        FILLED,
        copies.ignore,
    )


def _checked(table: Table, column: Column, copies: Copies) -> tuple[str, ...]:
    """Return what reads rows, while others write, and the NOT NULL that need not read them then."""
    if not column.is_required:
        return copies.validated
    return (
        *copies.validated,
        validate(table, not_null_check(table, column.name).name),
        column_source.set_not_null(table, column.name),
    )


def _without(table: Table, old: Column, new: Column, copies: Copies) -> str:
    """Return what puts the new column in the place of the old one, in one statement."""
    check = not_null_check(table, new.name)
    clauses = [f"DROP CONSTRAINT {name(check.name)}"] if new.is_required else []
    clauses += [f"DROP COLUMN {old.sql}", *copies.keys]
    if new.default is not None:
        clauses.append(f"ALTER COLUMN {new.sql} SET DEFAULT {new.default}")
    return alter(table, *clauses)


def _rechecked(table: Table, column: Column) -> tuple[str, ...]:
    return check_lines(table, [column.name]) if column.is_required else ()


def _relaxed(table: Table, before: Column, after: Column) -> tuple[str, ...]:
    """Return what makes NOT NULL of the column what it was."""
    if before.is_required == after.is_required:
        return ()
    clause = "SET NOT NULL" if before.is_required else "DROP NOT NULL"
    return (alter_column(table, after.name, clause),)
