"""Losses of the running service, by a comparison of the catalogs before and after."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Literal

from alembic_workflow.catalog.column_text import ColumnText
from alembic_workflow.catalog.items import Difference, Item, unused_types
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.recipes.of_changes import Recipe, of_changes
from alembic_workflow.lint.recording import Statement
from alembic_workflow.lint.rule import Find, Rule
from alembic_workflow.lint.state import Relation
from alembic_workflow.sql.identifiers import name

RELIES = "The running service may rely on it."
Test = Callable[[Revision, Difference], str]
"""Names the thing that is lost, or returns ""."""


def loss_rule(
    code: str,
    how: Literal["new", "gone", "changed", "gone or changed", "new, gone or changed"],
    kinds: str,
    reason: str,
    test: Test = lambda revision, difference: str(difference.item),
    *,
    recipe: Recipe = of_changes,
    is_remark: bool = False,
) -> Rule:
    """Return a rule about the differences that a revision leaves in what is in use.

    Takes the kinds of things, separated by commas; without any, it is about all.
    """
    found = _lost(how, kinds.split(", ") if kinds else (), test)
    return Rule(code, f"{reason} {RELIES}", found, recipe, is_remark=is_remark)


def _lost(how: str, kinds: Collection[str], test: Test) -> Find:
    def find(revision: Revision) -> Iterator[Danger]:
        recording = revision.recording
        if recording.is_partial:
            return
        dropped = {
            (was.schema, was.name) for _, was, now in changed_tables(revision) if now is None
        }
        for difference in revision.differences:
            item, before, after = difference
            happens = "new" if before is None else "gone" if after is None else "changed"
            known = item if before is not None else item.parent
            is_gone = (item.schema, item.table or item.name) in dropped
            if happens not in how or known not in recording.used.items or is_gone:
                continue
            if (kinds and item.kind not in kinds) or _goes_with_owner(revision, difference):
                continue
            if about := test(revision, difference):
                statement = last_statement(revision, item)
                line = statement.line if statement else 1
                yield Danger(line, about, statement=statement, difference=difference)

    return find


def _goes_with_owner(revision: Revision, difference: Difference) -> bool:
    """Return whether it goes since the columns or tables do that it is about, which is said."""
    item, before, after = difference
    if after is not None or before is None:
        return False
    start, end = revision.recording.start, revision.recording.end
    if item.kind in ("enum", "domain"):
        kept = {one: text for one, text in start.items() if one in end or one == item}
        return item in unused_types(kept)
    if item.kind not in ("constraint", "index", "sequence"):
        return False
    # What is new and alike may be the same under another name.
    new = {(one.kind, one.parent, text) for one, text in end.items() if one not in start}
    gone = [
        one
        for one, text in start.items()
        if one.kind in ("table", "column") and one not in end
        if (one.kind, one.parent, text) not in new
    ]
    own = [name(one.name) for one in gone if one.kind == "column" and one.parent == item.parent]
    others = [".".join(map(name, filter(None, one[1:]))) for one in gone]
    columns = before.partition(" REFERENCES ")[0]
    return any(_mentions(columns, each) for each in own) or any(
        _mentions(before, each) for each in others
    )


def _mentions(definition: str, word: str) -> bool:
    return re.search(rf'(?<![\w".]){re.escape(word)}(?![\w"])', definition) is not None


def last_statement(revision: Revision, item: Item) -> Statement | None:
    """Return the last statement that changed the thing."""
    changed = (
        each
        for each in reversed(revision.recording.statements)
        if each.was.get(item) != each.now.get(item)
    )
    return next(changed, None)


def changed_tables(revision: Revision) -> Iterator[tuple[Statement, Relation, Relation | None]]:
    """Yield what happens to the names of tables in use: the statement, and before and after."""
    used = revision.recording.used.relations
    for each in revision.recording.statements:
        after = each.after.relations
        for oid, relation in each.before.relations.items():
            now = after.get(oid)
            is_same = now is not None and (now.schema, now.name) == (relation.schema, relation.name)
            if oid in used and relation.kind in "rpf" and not is_same:
                yield each, relation, now


def gives_value(column: ColumnText) -> bool:
    """Return whether a row has a value if the INSERT gives none."""
    return column.default is not None or bool(column.generated)
