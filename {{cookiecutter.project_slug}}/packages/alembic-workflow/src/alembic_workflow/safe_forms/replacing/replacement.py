"""A column beside another one, whose place it takes in the end."""

from dataclasses import dataclass

from alembic_workflow.safe_forms import column_source
from alembic_workflow.safe_forms.constraint_source import (
    check_lines,
    not_null_check,
    uncheck_lines,
    validate,
)
from alembic_workflow.safe_forms.replacing.copies import Copies
from alembic_workflow.safe_forms.replacing.own_values import (
    counting,
    owning,
    values,
    without_values,
)
from alembic_workflow.safe_forms.replacing.references import References
from alembic_workflow.safe_forms.replacing.synchronisation import not_computing
from alembic_workflow.safe_forms.source import alter, backfill, execute
from alembic_workflow.safe_forms.step import AFTER, FILLED, Step
from alembic_workflow.safe_forms.table import Column, Table
from alembic_workflow.sql.identifiers import name

GONE = (("ban-drop-column", "another column has taken its place"),)


@dataclass(frozen=True)
class Replacement:
    """A column that takes the place of another one."""

    table: Table
    old: Column
    new: Column
    """As it is called while both are there."""
    end: Column
    value: str
    """The expression that makes the new value of the old one."""
    sync: tuple[str, ...]
    """The operations that make a trigger keep both alike."""
    undo: str
    """The operation that makes the column in the end the old one."""
    copies: Copies
    references: References
    sequence: str = ""
    """The name of the one that it goes on counting with."""


def replaced(change: Replacement, expand: str, contract: str) -> tuple[Step, ...]:
    """Return the steps; takes when the first and the last may be deployed."""
    table, old, new, end = change.table, change.old, change.new, change.end
    copies, references = change.copies, change.references
    required = [new.name] if new.is_required else []
    checks = check_lines(table, required)
    add = column_source.add_empty_column(table, new)
    steps = (
        Step(
            "expand",
            (add, *change.sync),
            (*not_computing(table, new.name), column_source.drop_column(table, new.name)),
            expand,
        ),
        Step(
            "backfill",
            (
                backfill(
                    *(table, new, change.value),
                    f"{new.sql} IS NULL AND ({change.value}) IS NOT NULL",
                ),
                *copies.built,
                *checks,
            ),
            (*copies.unbuilt, *uncheck_lines(table, required)),
            FILLED,
            copies.ignore,
        ),
        Step(
            "contract",
            (
                *copies.validated,
                *(validate(table, not_null_check(table, each).name) for each in required),
                *(column_source.set_not_null(table, each) for each in required),
                *references.drops,
                *not_computing(table, new.name),
                *owning(table, new, change.sequence),
                _swapped(change),
                *_named(table, new, end),
                *copies.renamed,
                *counting(table, end),
                *references.adds,
            ),
            (
                *_relaxed(table, old, end),
                *references.drops,
                *without_values(table, end),
                change.undo,
                *values(table, old),
                *references.whole,
                add,
                execute(f"UPDATE {table.sql} SET {new.sql} = {change.value}"),
                *change.sync,
                *copies.restored,
                *checks,
            ),
            contract,
            GONE,
            f"{table.sql}.{old.sql}",
        ),
    )
    undone = (*references.drops, *references.adds)
    last = Step("validate", references.validated, undone, AFTER, references.ignore)
    return (*steps, last) if references.validated else steps


def _swapped(change: Replacement) -> str:
    """Return what puts the new column in the place of the old one, in one statement."""
    table, new = change.table, change.new
    check = not_null_check(table, new.name)
    clauses = [f"DROP CONSTRAINT {name(check.name)}"] if new.is_required else []
    clauses += [f"DROP COLUMN {change.old.sql}", *change.copies.keys]
    if new.default is not None:
        clauses.append(f"ALTER COLUMN {new.sql} SET DEFAULT {new.default}")
    return alter(table, *clauses)


def _named(table: Table, new: Column, end: Column) -> tuple[str, ...]:
    if new.name == end.name:
        return ()
    return (column_source.rename_column(table, new.name, end.name),)


def _relaxed(table: Table, old: Column, end: Column) -> tuple[str, ...]:
    """Return what makes NOT NULL of the column what it was."""
    if old.is_required == end.is_required:
        return ()
    change = column_source.set_not_null if old.is_required else column_source.drop_not_null
    return (change(table, end.name),)
