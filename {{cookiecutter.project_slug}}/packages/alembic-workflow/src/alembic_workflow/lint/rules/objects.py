"""Rules about constraints, triggers, rights and other things that the running service loses."""

import re
from collections.abc import Callable

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference, Item, compare
from alembic_workflow.lint.rule import Revision
from alembic_workflow.lint.rules.loss import (
    at_the_end,
    gives_value,
    last_statement,
    loss_rule,
)
from alembic_workflow.safe_forms.step import CODES_OF_LOSSES, OTHER_LOSS
from alembic_workflow.sql.identifiers import qualified

# Their loss breaks nothing, or other rules are about it.
_NOT_MISSED = re.compile(
    "comment|statistics|identity|index|right|column|table|constraint|trigger|policy|view"
)
_KEY = re.compile("UNIQUE|PRIMARY KEY|EXCLUDE")
_LABELS = re.compile(r"'(?:[^']|'')*'")


def _constraint(revision: Revision, difference: Difference) -> str:
    """Return a key, or what ON CONFLICT can name, that goes and has no like that stays."""
    item, before, after = difference
    if before is None or after is not None or item.kind not in ("constraint", "index"):
        return ""
    rest = before.partition("(")[2]
    if _goes_with_column(revision, difference):
        return ""
    if item.kind == "constraint" and _KEY.match(before):
        return f"{item} ({before})"
    if item.kind == "index" and not before.startswith("CREATE UNIQUE "):
        return ""
    if before.startswith("CHECK"):
        return ""
    columns = re.sub(r"^CREATE UNIQUE INDEX .*? USING \w+ ", "UNIQUE ", before, flags=re.DOTALL)
    columns = re.sub(r" ON (?:DELETE|UPDATE) .*| DEFERRABLE.*| NOT VALID$", "", columns)
    for each, definition in revision.recording.end.items():
        is_of_table = (each.schema, each.table) == (item.schema, item.table)
        if is_of_table and each.kind in ("constraint", "index") and rest:
            same = re.sub(r"^CREATE UNIQUE INDEX .*? USING \w+ ", "UNIQUE ", definition)
            if same.replace("PRIMARY KEY", "UNIQUE").startswith(
                columns.replace("PRIMARY KEY", "UNIQUE")
            ):
                return ""
    return f"{item} ({before})" if item.kind == "constraint" else f"unique {item}"


def _goes_with_column(revision: Revision, difference: Difference) -> bool:
    """Return whether it goes since its column does, becomes a key, or gets another name."""
    statement = last_statement(revision, difference)
    if statement is None:
        return False
    changed = compare(statement.was, statement.now)
    owner, is_key = difference.item.parent, difference.item.kind == "constraint"
    was = _words(statement.was.get(difference.item))
    return any(
        (each.item.kind == "column" and each.item.parent == owner and each.found is None)
        or (
            (difference.item.kind, each.item.kind) == ("index", "constraint")
            and (each.item.parent, each.expected) == (owner, None)
        )
        or (
            each.item.kind == difference.item.kind
            and (each.expected, _words(each.found)) == (None, was)
            and not (is_key and _KEY.match(each.found or ""))
        )
        for each in changed
    )


def _words(definition: str | None) -> str:
    """Return a definition without the names of an index and its table."""
    words = definition or ""
    return words.partition(" USING ")[2] if words.startswith("CREATE ") else words


def _check(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    is_gone = item.kind == "constraint" and after is None and (before or "").startswith("CHECK")
    if not is_gone or before is None or _goes_with_column(revision, difference):
        return ""
    # A check that only served to set NOT NULL.
    match = re.fullmatch(r"CHECK \(\((.+) IS NOT NULL\)\)(?: NOT VALID)?", before)
    if match:
        column = item._replace(kind="column", name=match[1].strip('"').replace('""', '"'))
        if column_text(at_the_end(revision, column) or "").is_required:
            return ""
    return str(item)


def _trigger(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    mark = "(DISABLED)"
    if item.kind not in ("trigger", "constraint") or before is None:
        return ""
    if after is None:
        # It goes with the columns that it kept alike.
        start, end = revision.recording.start, revision.recording.end
        loses = any(
            each.kind == "column" and each.parent == item.parent and end.get(each) != definition
            for each, definition in start.items()
        )
        return str(item) if item.kind == "trigger" and not loses else ""
    return str(item) if mark in after and mark not in before else ""


def _row_security(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    if item.kind == "policy" and before is not None:
        return str(item)
    if item.kind != "table" or before is None or after is None:
        return ""
    words = ("ROW LEVEL SECURITY", "FORCED")
    return str(item) if any((one in before) != (one in after) for one in words) else ""


def _table_changed(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    if item.kind == "type" and before is not None and after is not None:
        return str(item)
    if item.kind != "table" or before is None or after is None:
        return ""
    words = ("UNLOGGED", "REPLICA IDENTITY", "INHERITS")
    return str(item) if any((one in before) != (one in after) for one in words) else ""


def _right(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    if item.kind != "right" or before is None or after is None:
        return ""
    gone = sorted(set(before.splitlines()) - set(after.splitlines()))
    return f"{item.table or item.name} ({', '.join(gone)})" if gone else ""


def _label(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    if item.kind != "enum" or before is None or after is None:
        return ""
    gone = sorted(set(_LABELS.findall(before)) - set(_LABELS.findall(after)))
    return f"{', '.join(gone)} of {item}" if gone else ""


def _view(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    is_gone = item.kind == "view" and before is not None and after is None
    return str(item) if is_gone and not at_the_end(revision, item._replace(kind="table")) else ""


def _other(code: str) -> Callable[[Revision, Difference], str]:
    """Return a test of things that are gone, of the kinds that have the code."""

    def test(revision: Revision, difference: Difference) -> str:
        is_one = CODES_OF_LOSSES.get(difference.item.kind, OTHER_LOSS) == code
        return _gone(revision, difference) if is_one else ""

    return test


def _gone(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    is_gone = before is not None and after is None
    is_said = _NOT_MISSED.search(item.kind)
    if not is_gone or is_said or "RETURNS trigger" in (before or ""):
        return ""  # nobody but a trigger calls the function of one
    if item.kind == "sequence" and _has_other_values(revision, item):
        return ""
    if _takes_a_place(revision, difference):
        return ""
    return str(item)


def _takes_a_place(revision: Revision, difference: Difference) -> bool:
    """Return whether it gets the name of another one, which is what the service knows."""
    statement = last_statement(revision, difference)
    return statement is not None and any(
        each.kind == difference.item.kind and statement.now[each] == difference.expected
        for each in statement.now.keys() - statement.was.keys()
        if each in revision.recording.used.items
    )


def _has_other_values(revision: Revision, sequence: Item) -> bool:
    """Return whether the columns that took their values from it get them otherwise now."""
    call = f"nextval('{qualified(sequence.schema, sequence.name)}'::regclass)"
    columns = [
        column_text(at_the_end(revision, item) or "")
        for item, definition in revision.recording.start.items()
        if item.kind == "column" and column_text(definition).default == call
    ]
    return bool(columns) and all(map(gives_value, columns))


OBJECT_RULES = (
    loss_rule("ban-drop-constraint", _constraint, "$about goes (a drop); ON CONFLICT may name it."),
    loss_rule("drop-check", _check, "$about goes: rows are only freer.", is_remark=True),
    loss_rule("trigger-off", _trigger, "The $about is dropped or switched off (DISABLE TRIGGER)."),
    loss_rule(
        "row-security", _row_security, "Row level security of $about changes: who sees which rows."
    ),
    loss_rule("table-changed", _table_changed, "$about changes in kind."),
    loss_rule("revoke", _right, "A right (privilege) goes (REVOKE) on $about."),
    loss_rule("enum-value-gone", _label, "A value of an enum goes or is renamed: $about."),
    loss_rule("ban-drop-view", _view, "$about goes (is dropped or renamed)."),
    *(
        loss_rule(code, _other(code), "$about goes: dropped (by CASCADE, too) or renamed.")
        for code in sorted({*CODES_OF_LOSSES.values(), OTHER_LOSS})
    ),
)
