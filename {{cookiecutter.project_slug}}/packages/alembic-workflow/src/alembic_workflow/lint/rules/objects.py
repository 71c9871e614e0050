"""Rules about triggers, rights, types and other things that the running service loses."""

import re
from collections.abc import Collection, Iterator

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.recipes.of_changes import of_changes
from alembic_workflow.lint.rule import Rule
from alembic_workflow.lint.rules.loss import Test, gives_value, last_statement, loss_rule
from alembic_workflow.safe_forms.step import CODES_OF_LOSSES, OTHER_LOSS, Step
from alembic_workflow.sql.identifiers import qualified

# Their loss breaks nothing, or other rules are about it.
_NOT_MISSED = re.compile(
    "comment|statistics|identity|index|right|column|table|constraint|trigger|policy|view"
)
_LABELS = re.compile(r"'(?:[^']|'')*'")
_OF_TABLE = re.compile(r"UNLOGGED|REPLICA IDENTITY \w+|INHERITS [^()]+?(?= PARTITION| WITH|$)")
_OF_ROWS = re.compile("FORCED|ROW LEVEL SECURITY")
_SWITCHED_OFF = ("(DISABLED)", "(REPLICA)")
_OF_SEQUENCE = re.compile(r" (?:START|CACHE) \d+| OWNED BY .*")
_WIDER = ("SEQUENCE AS smallint", "SEQUENCE AS integer", "SEQUENCE AS bigint")


def _trigger_gone(revision: Revision, difference: Difference) -> str:
    # It goes with the columns that it kept alike.
    start, end = revision.recording.start, revision.recording.end
    columns = (each for each in start if each.kind == "column")
    of_table = (each for each in columns if each.parent == difference.item.parent)
    return "" if any(end.get(each) != start[each] for each in of_table) else str(difference.item)


def _switched_off(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    was, now = ((text or "").endswith(_SWITCHED_OFF) for text in (before, after))
    return str(item) if now and not was else ""


def _new_policy(revision: Revision, difference: Difference) -> str:
    table = difference.item.parent
    is_in_force = table and "ROW LEVEL SECURITY" in revision.recording.end.get(table, "")
    return str(difference.item) if is_in_force else ""


def _words(pattern: re.Pattern[str]) -> Test:
    """Return a test of definitions in which these words change."""

    def test(revision: Revision, difference: Difference) -> str:
        item, before, after = difference
        was, now = (", ".join(pattern.findall(text or "")) for text in (before, after))
        return f"{item} ({was or 'nothing'} -> {now or 'nothing'})" if was != now else ""

    return test


def _sequence(revision: Revision, difference: Difference) -> str:
    was, now = (_OF_SEQUENCE.sub("", text or "") for text in difference[1:])
    is_wider = was in _WIDER and now in _WIDER and _WIDER.index(was) <= _WIDER.index(now)
    return "" if was == now or is_wider else f"{difference.item} ({was} -> {now})"


def _less(parts: Collection[str], rest: Collection[str]) -> str:
    return ", ".join(sorted(set(parts) - set(rest)))


def _right(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    gone = _less((before or "").splitlines(), (after or "").splitlines())
    return f"{item.table or item.name} ({gone})" if gone else ""


def _label(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    gone = _less(_LABELS.findall(before or ""), _LABELS.findall(after or ""))
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


OBJECT_RULES = (
    Rule(
        "published-without-key",
        "$about has no primary key, so UPDATE and DELETE fail once it is published.",
        _published,
        advice=(
            "# Give it a primary key, or another REPLICA IDENTITY, in a revision before. Or add:\n"
            'lint_ignore = {"$code": "its rows never change"}'
        ),
    ),
    loss_rule("trigger-off", "gone", "trigger", "The $about is dropped.", _trigger_gone),
    loss_rule(
        "trigger-off",
        *("changed", "trigger, constraint", "The $about is switched off (DISABLE TRIGGER)."),
        _switched_off,
    ),
    loss_rule(
        "row-security",
        *("gone or changed", "policy", "Row level security ($about) changes: who sees which rows."),
    ),
    loss_rule(
        "row-security",
        *("new", "policy", "Row level security (a new $about) changes: who sees which rows."),
        _new_policy,
    ),
    loss_rule(
        "row-security",
        *("changed", "table", "Row level security of $about changes: who sees which rows."),
        _words(_OF_ROWS),
    ),
    loss_rule("rewrite-rule", "new", "rule", "The new $about changes what statements do."),
    loss_rule("table-changed", "changed", "table", "$about changes in kind.", _words(_OF_TABLE)),
    loss_rule("table-changed", "changed", "type, publication, rule", "The $about changes."),
    loss_rule("sequence-changed", "changed", "sequence", "The $about counts otherwise.", _sequence),
    loss_rule("revoke", "changed", "right", "A right (privilege) goes (REVOKE) on $about.", _right),
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
