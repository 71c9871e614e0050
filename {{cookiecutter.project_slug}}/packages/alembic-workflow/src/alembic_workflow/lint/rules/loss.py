"""Losses of the running service, by a comparison of the catalogs before and after."""

from collections.abc import Callable, Iterator

from alembic_workflow.catalog.column_text import ColumnText
from alembic_workflow.catalog.items import Difference, Item, compare
from alembic_workflow.lint.recording import Statement
from alembic_workflow.lint.rule import Danger, Revision, Rule
from alembic_workflow.lint.state import Relation

RELIES = "The running service may rely on it."


def lost(test: Callable[[Revision, Difference], str]) -> Callable[[Revision], Iterator[Danger]]:
    """Return what finds the differences that the revision leaves in what is in use.

    Takes what names the thing that is lost, or returns "".
    """

    def find(revision: Revision) -> Iterator[Danger]:
        recording = revision.recording
        if recording.is_partial:
            return
        dropped = {
            (was.schema, was.name) for _, was, now in changed_tables(revision) if now is None
        }
        for difference in compare(recording.start, recording.end):
            item = difference.item
            known = item if difference.expected is not None else item.parent
            is_gone = (item.schema, item.table or item.name) in dropped
            if known not in recording.used.items or is_gone:
                continue
            if about := test(revision, difference):
                statement = last_statement(revision, difference)
                line = statement.line if statement else 1
                yield Danger(line, about, statement=statement, difference=difference)

    return find


def last_statement(revision: Revision, difference: Difference) -> Statement | None:
    """Return the last statement that changed it."""
    item = difference.item
    for each in reversed(revision.recording.statements):
        if each.was.get(item) != each.now.get(item):
            return each
    return None


def at_the_end(revision: Revision, item: Item) -> str | None:
    """Return the definition that a thing has in the end, or None."""
    return revision.recording.end.get(item)


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


def loss_rule(
    code: str, test: Callable[[Revision, Difference], str], reason: str, *, is_remark: bool = False
) -> Rule:
    """Return a rule about what the differences leave behind."""
    return Rule(code, f"{reason} {RELIES}", lost(test), is_remark=is_remark)
