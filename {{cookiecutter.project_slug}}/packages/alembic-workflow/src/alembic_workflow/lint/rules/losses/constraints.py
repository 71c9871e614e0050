"""Losses of keys, which ON CONFLICT may name, and of other constraints."""

import re

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.lint.danger import Revision
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_changes import no_steps
from alembic_workflow.lint.rules.losses.loss import last_statement, loss_rule

_MARKS = re.compile(r"( \((INVALID|DISABLED)\))+$")
_KEY = re.compile("UNIQUE|PRIMARY KEY|EXCLUDE")
_OF_INDEX = re.compile(r"^CREATE UNIQUE INDEX .*? USING \w+ ", re.DOTALL)
_OF_KEY = re.compile(r" ON (?:DELETE|UPDATE) .*| DEFERRABLE.*| NOT VALID$")


def _constraint(revision: Revision, difference: Difference) -> str:
    """Return a key, or what ON CONFLICT can name, that goes and has no like that stays."""
    item, before = difference.item, difference.expected or ""
    is_index = item.kind == "index"
    if before.startswith("CHECK") or _goes_with_column(revision, difference):
        return ""
    is_there = difference.found is not None
    if is_there and not (
        is_index or (_KEY.match(before) and _stem(before) != _stem(difference.found))
    ):
        return ""
    if is_index and (not _OF_INDEX.match(before) or _is_kept(revision, item)):
        return ""
    if _KEY.match(before) and not is_there:
        return f"{item} ({before})"
    words = _as_key(_stem(before))
    for each, definition in revision.recording.end.items():
        is_alike = each.kind in ("constraint", "index") and each.parent == item.parent
        if is_alike and _as_key(definition).startswith(words):
            return ""
    return f"unique {item}" if is_index else f"{item} ({before})"


def _is_foreign(difference: Difference) -> bool:
    return (difference.expected or "").startswith("FOREIGN KEY")


def _stem(definition: str | None) -> str:
    return _OF_KEY.sub("", _MARKS.sub("", definition or ""))


def _as_key(definition: str) -> str:
    return _OF_INDEX.sub("UNIQUE ", definition).replace("PRIMARY KEY", "UNIQUE")


def _is_kept(revision: Revision, index: Item) -> bool:
    """Return whether the index is there under another name, as that of a constraint."""
    first, last = revision.recording.statements[0].before, revision.recording.statements[-1].after
    names = (index.schema, index.name)
    files = {each.file for each in first.relations.values() if (each.schema, each.name) == names}
    return any(each.file in files for each in last.relations.values())


def _goes_with_column(revision: Revision, difference: Difference) -> bool:
    """Return whether it goes since its column does, becomes a key, or only gets another name."""
    item = difference.item
    statement = last_statement(revision, item)
    if statement is None:
        return False
    was = statement.was.get(item, "")
    is_key = item.kind == "constraint" and _KEY.match(was)
    return any(
        (each.item.kind, each.item.parent, each.found) == ("column", item.parent, None)
        or (each.expected is None and _takes_place(item, each.item))
        or (
            (each.item.kind, each.expected) == (item.kind, None)
            and _words(each.found or "") == ("" if is_key else _words(was))
        )
        for each in Effects(revision.recording.used, statement).differences
    )


def _takes_place(index: Item, key: Item) -> bool:
    return (index.kind, key.kind, key.parent) == ("index", "constraint", index.parent)


def _words(definition: str) -> str:
    """Return a definition without the name of an index."""
    return definition.partition(" USING ")[2] if definition.startswith("CREATE ") else definition


def _check(revision: Revision, difference: Difference) -> str:
    before = difference.expected or ""
    if not before.startswith("CHECK") or _goes_with_column(revision, difference):
        return ""
    # A check that only served to set NOT NULL.
    match = re.fullmatch(r"CHECK \(\((.+) IS NOT NULL\)\)(?: NOT VALID)?", before)
    name = match[1].strip('"').replace('""', '"') if match else ""
    column = difference.item._replace(kind="column", name=name)
    definition = revision.recording.end.get(column, "")
    is_said = match and (not definition or column_text(definition).is_required)
    return "" if is_said else str(difference.item)


CONSTRAINT_LOSSES = (
    loss_rule(
        "ban-drop-constraint",
        *("gone or changed", "constraint, index"),
        "$about goes (is dropped or renamed); ON CONFLICT may name it.",
        lambda revision, gone: "" if _is_foreign(gone) else _constraint(revision, gone),
    ),
    loss_rule(
        "ban-drop-constraint",
        *("gone", "constraint", "$about goes (a drop): nothing keeps rows without a partner out."),
        lambda revision, gone: _constraint(revision, gone) if _is_foreign(gone) else "",
    ),
    loss_rule(
        *("drop-check", "gone", "constraint", "$about goes: rows are only freer.", _check),
        recipe=no_steps,
        is_remark=True,
    ),
)
