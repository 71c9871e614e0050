"""Safe forms of other names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Item
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.recipes.of_changes import merged, recognition
from alembic_workflow.lint.recipes.views import views_again
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.definitions import is_key
from alembic_workflow.safe_forms.forms import steps
from alembic_workflow.safe_forms.parts import parts_of
from alembic_workflow.safe_forms.source import alter, execute
from alembic_workflow.safe_forms.step import Step
from alembic_workflow.sql.identifiers import beside, name

_OF_KEYS = (("ban-drop-constraint", "nothing that runs names it in ON CONFLICT"),)


def renamed(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the steps that give a table or a column another name."""
    assert danger.difference is not None
    item, now = danger.difference.item, danger.about.rpartition(", now ")[2]
    table = recognition(danger, revision).table(item.schema, item.table or item.name)
    if item.kind == "column":
        return _of_column(item, table, now, revision)
    if Item("table", item.schema, "", now) in revision.recording.end:
        return merged(steps(c.RenameTable(table, now)))
    return ()


def _of_column(item: Item, table: c.Table, now: str, revision: Revision) -> tuple[Step, ...]:
    start = revision.recording.start
    text = column_text(start[item])
    column = c.Column(item.name, text.type, text.is_required, text.default, text.generated)
    parts = parts_of(item, start)
    *others, last = merged(steps(c.RenameColumn(table, column, now, parts)))
    names = _following(parts, item, now)
    # A view goes on reading the old one, which could not be dropped.
    upgrade = (
        *views_again(revision, item, is_back=False),
        *_with_names(table, last.upgrade, names),
    )
    downgrade = (
        *(_renaming(table, part, after, part.name) for part, after in names),
        *last.downgrade,
        *views_again(revision, item, is_back=True),
    )
    is_of_key = any(is_key(part.definition) for part, _ in names)
    ignore = (*last.ignore, *(_OF_KEYS if is_of_key else ()))
    return (*others, replace(last, upgrade=upgrade, downgrade=downgrade, ignore=ignore))


def _following(parts: Iterable[c.Part], column: Item, now: str) -> list[tuple[c.Part, str]]:
    """Return the indexes and constraints whose names say the table and the column, with others."""
    word = re.compile(rf"(?<![^_]){re.escape(column.name)}(?![^_])")
    found = []
    for part in parts:
        head, between, rest = part.name.partition(f"_{column.table}_")
        after = f"{head}{between}{word.sub(lambda _: now, rest)}"
        if after != part.name and len(after.encode()) < 64:
            found.append((part, after))
    return found


def _with_names(
    table: c.Table, lines: Sequence[str], names: Iterable[tuple[c.Part, str]]
) -> list[str]:
    """Return the lines, after which the parts have these names."""
    found = list(lines)
    for part, after in names:
        built = beside(part.name, "_new")
        line = _renaming(table, part, built, part.name)
        if line in found:
            found[found.index(line)] = _renaming(table, part, built, after)
        else:
            found.append(_renaming(table, part, part.name, after))
    return found


def _renaming(table: c.Table, part: c.Part, before: str, after: str) -> str:
    if part.definition.startswith("CREATE "):
        return execute(f"ALTER INDEX {name(table.schema, before)} RENAME TO {name(after)}")
    return alter(table, f"RENAME CONSTRAINT {name(before)} TO {name(after)}")
