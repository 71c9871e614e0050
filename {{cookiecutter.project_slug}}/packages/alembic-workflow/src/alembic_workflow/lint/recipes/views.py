"""Views of what a safe form replaces: PostgreSQL lets no column go that one reads."""

import re
from collections.abc import Iterator
from dataclasses import replace

from alembic_workflow.catalog.creation import creation, removal
from alembic_workflow.catalog.items import Item
from alembic_workflow.lint.danger import Revision
from alembic_workflow.safe_forms.source import execute
from alembic_workflow.safe_forms.step import Step


def views_again(revision: Revision, column: Item, *, is_back: bool) -> Iterator[str]:
    """Yield the operations after which views of a column read what they read after, or before."""
    for view, before, after in revision.differences:
        if view.kind != "view" or before is None or after is None:
            continue
        if not re.search(rf"\b{re.escape(column.name)}\b", before):
            continue
        definition = before if is_back else after
        sql = creation(view, definition)
        if not definition.startswith("MATERIALIZED "):
            yield execute(sql.replace("CREATE", "CREATE OR REPLACE", 1))
            continue
        yield execute(removal(view, definition))
        yield execute(sql)
        for item, index in revision.recording.end.items():
            if item.kind == "index of a view" and item[1:3] == (view.schema, view.name):
                yield execute(creation(item, index))


def around_views(found: tuple[Step, ...], revision: Revision) -> tuple[Step, ...]:
    """Return the steps, of which the last drops the views that the revision drops, and back."""
    views = _remade(revision)
    if not found or not views:
        return found
    start, end = revision.recording.start, revision.recording.end
    dropped = tuple(execute(removal(each, start[each])) for each in views)
    before = tuple(execute(creation(each, start[each])) for each in views[::-1])
    after = tuple(execute(creation(each, end[each])) for each in views[::-1])
    last = found[-1]
    upgrade, downgrade = (*dropped, *last.upgrade, *after), (*dropped, *last.downgrade, *before)
    return (*found[:-1], replace(last, upgrade=upgrade, downgrade=downgrade))


def _remade(revision: Revision) -> list[Item]:
    """Return the views that a revision drops and makes again, in the order of dropping."""
    gone = {
        item: None
        for each in revision.recording.statements
        for item in each.was.keys() - each.now.keys()
        if item.kind == "view"
    }
    return [item for item in gone if item in revision.recording.end]
