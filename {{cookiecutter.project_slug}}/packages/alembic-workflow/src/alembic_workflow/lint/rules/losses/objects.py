"""Losses of types, sequences, views and other things that the running service uses."""

import re
from collections.abc import Iterator

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.recipes.of_changes import of_changes
from alembic_workflow.lint.rule import Rule
from alembic_workflow.lint.rules.losses.loss import Test, gives_value, last_statement, loss_rule
from alembic_workflow.safe_forms.step import CODES_OF_LOSSES, OTHER_LOSS, Step
from alembic_workflow.sql.identifiers import qualified

# Their loss breaks nothing, or other rules are about it.
_NOT_MISSED = re.compile(
    "comment|statistics|identity|index|right|column|table|constraint|trigger|policy|view"
)
_LABELS = re.compile(r"'(?:[^']|'')*'")
_OF_TABLE = re.compile(r"UNLOGGED|REPLICA IDENTITY \w+|INHERITS [^()]+?(?= PARTITION| WITH|$)")
_OF_SEQUENCE = re.compile(r" (?:START|CACHE) \d+| OWNED BY .*")
_WIDER = ("SEQUENCE AS smallint", "SEQUENCE AS integer", "SEQUENCE AS bigint")


def _kind_of_table(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    was, now = (", ".join(_OF_TABLE.findall(text or "")) for text in (before, after))
    return f"{item} ({was or 'nothing'} -> {now or 'nothing'})" if was != now else ""


def _sequence(revision: Revision, difference: Difference) -> str:
    was, now = (_OF_SEQUENCE.sub("", text or "") for text in difference[1:])
    is_wider = was in _WIDER and now in _WIDER and _WIDER.index(was) <= _WIDER.index(now)
    return "" if was == now or is_wider else f"{difference.item} ({was} -> {now})"


def _label(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    gone = ", ".join(sorted({*_LABELS.findall(before or "")} - {*_LABELS.findall(after or "")}))
    return f"{gone} of {item}" if gone else ""


def _without_value(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    is_renamed = danger.statement is not None and danger.statement.part.has("RENAME VALUE")
    return () if is_renamed else of_changes(danger, revision)


def _view(revision: Revision, difference: Difference) -> str:
    is_table = difference.item._replace(kind="table") in revision.recording.end
    return "" if is_table else str(difference.item)


def _other(code: str) -> Test:
    """Return a test of things that are gone, of the kinds that have the code."""

    def test(revision: Revision, difference: Difference) -> str:
        item, before, _ = difference
        is_one = CODES_OF_LOSSES.get(item.kind, OTHER_LOSS) == code
        # Nobody but a trigger calls the function of one.
        is_said = _NOT_MISSED.search(item.kind) or "RETURNS trigger" in (before or "")
        if not is_one or is_said or _takes_a_place(revision, difference):
            return ""
        return "" if _has_other_values(revision, item) else str(item)

    return test


def _takes_a_place(revision: Revision, difference: Difference) -> bool:
    """Return whether it gets the name of another one, which is what the service knows."""
    statement = last_statement(revision, difference.item)
    return statement is not None and any(
        each.kind == difference.item.kind and statement.now[each] == difference.expected
        for each in statement.now.keys() - statement.was.keys()
        if each in revision.recording.used.items
    )


def _has_other_values(revision: Revision, sequence: Item) -> bool:
    """Return whether the columns that took their values from it get them otherwise now."""
    call = f"nextval('{qualified(sequence.schema, sequence.name)}'::regclass)"
    columns = [
        column_text(revision.recording.end.get(item, ""))
        for item, definition in revision.recording.start.items()
        if item.kind == "column" and column_text(definition).default == call
    ]
    return bool(columns) and all(map(gives_value, columns))


def _published(revision: Revision) -> Iterator[Danger]:
    """Yield tables of which a publication is to send changes, though nothing names their rows."""
    for publication, before, after in revision.differences:
        if publication.kind != "publication" or not re.search("update|delete", after or ""):
            continue
        statement = last_statement(revision, publication)
        for table in _without_identity(revision):
            name = re.escape(qualified(table.schema, table.name))
            tables = re.compile(rf"ALL TABLES|SCHEMA .*\b{table.schema}\b|\b{name}\b")
            if tables.search(after or "") and not tables.search(before or ""):
                yield Danger(statement.line if statement else 1, str(table), statement=statement)


def _without_identity(revision: Revision) -> Iterator[Item]:
    """Yield the tables in use that have no replica identity."""
    end, used = revision.recording.end, revision.recording.used.items
    keys = {each.parent for each, text in end.items() if text.startswith("PRIMARY KEY")}
    for item, definition in end.items():
        identity = re.search(r"REPLICA IDENTITY (\w+)", definition)
        has_identity = identity[1] != "NOTHING" if identity else item in keys
        if item.kind == "table" and item in used and not has_identity:
            yield item


OBJECT_LOSSES = (
    Rule(
        "published-without-key",
        "$about has no primary key, so UPDATE and DELETE fail once it is published.",
        _published,
        advice=(
            "# Give it a primary key, or another REPLICA IDENTITY, in a revision before. Or add:\n"
            'lint_ignore = {"$code": "its rows never change"}'
        ),
    ),
    loss_rule("table-changed", "changed", "table", "$about changes in kind.", _kind_of_table),
    loss_rule("table-changed", "changed", "type, publication, rule", "The $about changes."),
    loss_rule("sequence-changed", "changed", "sequence", "The $about counts otherwise.", _sequence),
    loss_rule(
        *("enum-value-gone", "changed", "enum", "A value of an enum goes or is renamed: $about."),
        _label,
        recipe=_without_value,
    ),
    loss_rule("ban-drop-view", "gone", "view", "$about goes (is dropped or renamed).", _view),
    *(
        loss_rule(
            code, "gone", "", "$about goes: dropped (by CASCADE, too) or renamed.", _other(code)
        )
        for code in sorted({*CODES_OF_LOSSES.values(), OTHER_LOSS})
    ),
)
