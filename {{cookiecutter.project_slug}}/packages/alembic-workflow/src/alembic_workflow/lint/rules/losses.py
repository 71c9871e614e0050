"""Rules about what the running service loses: a comparison of the catalogs before and after."""

import re
from collections.abc import Callable, Iterator

from alembic_workflow.catalog.column_text import ColumnText, column_text
from alembic_workflow.catalog.items import Difference, Item, compare
from alembic_workflow.lint.recording import Statement
from alembic_workflow.lint.rule import Danger, Revision, Rule
from alembic_workflow.lint.state import Relation
from alembic_workflow.sql.identifiers import qualified

# Their loss breaks nothing, or other rules are about it.
_NOT_MISSED = re.compile(
    "comment|statistics|identity|index|right|column|table|constraint|trigger|policy|view"
)
_KEY = re.compile("UNIQUE|PRIMARY KEY|EXCLUDE")
_RELIES = "The running service may rely on it."
_NAMED = ("table", "view")
_LABELS = re.compile(r"'(?:[^']|'')*'")


def _lost(test: Callable[[Revision, Difference], str]) -> Callable[[Revision], Iterator[Danger]]:
    """Return what finds the differences that the revision leaves in what is in use.

    Takes what names the thing that is lost, or returns "".
    """

    def find(revision: Revision) -> Iterator[Danger]:
        recording = revision.recording
        if recording.is_partial:
            return
        dropped = {(was.schema, was.name) for _, was, now in _tables(revision) if now is None}
        for difference in compare(recording.start, recording.end):
            item = difference.item
            known = item if difference.expected is not None else item.parent
            is_gone = (item.schema, item.table or item.name) in dropped
            if known not in recording.used.items or is_gone:
                continue
            if about := test(revision, difference):
                statement = _statement(revision, difference)
                line = statement.line if statement else 1
                yield Danger(line, about, statement=statement, difference=difference)

    return find


def _statement(revision: Revision, difference: Difference) -> Statement | None:
    """Return the last statement that changed it."""
    item = difference.item
    for each in reversed(revision.recording.statements):
        if each.was.get(item) != each.now.get(item):
            return each
    return None


def _end(revision: Revision, item: Item) -> str | None:
    return revision.recording.end.get(item)


def _tables(revision: Revision) -> Iterator[tuple[Statement, Relation, Relation | None]]:
    """Yield what happens to the names of tables in use: the statement, and before and after."""
    used = revision.recording.used.relations
    for each in revision.recording.statements:
        after = each.after.relations
        for oid, relation in each.before.relations.items():
            now = after.get(oid)
            is_same = now is not None and (now.schema, now.name) == (relation.schema, relation.name)
            if oid in used and relation.kind in "rpf" and not is_same:
                yield each, relation, now


def _table_dropped(revision: Revision) -> Iterator[Danger]:
    for statement, relation, now in _tables(revision):
        if now is None:
            yield _about_table(statement, relation, f"table {relation}")


def _table_renamed(revision: Revision) -> Iterator[Danger]:
    for statement, relation, now in _tables(revision):
        names = {(item.schema, item.name) for item in revision.recording.end if item.kind in _NAMED}
        if now is not None and (relation.schema, relation.name) not in names:
            yield _about_table(statement, relation, f"table {relation}, now {now}")


def _about_table(statement: Statement, relation: Relation, about: str) -> Danger:
    item = Item("table", relation.schema, "", relation.name)
    difference = Difference(item, statement.was.get(item, ""), None)
    return Danger(statement.line, about, statement=statement, difference=difference)


def _column_dropped(revision: Revision) -> Iterator[Danger]:
    """Yield the columns that are dropped, though others of their names may be made later."""
    for statement in revision.recording.statements:
        for difference in compare(statement.was, statement.now):
            item, before, after = difference
            is_gone = item.kind == "column" and before is not None and after is None
            is_used = item in revision.recording.used.items
            if is_gone and is_used and not _new_name(statement, difference):
                yield Danger(statement.line, str(item), statement=statement, difference=difference)


def _view_column(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    if item.kind != "view column" or before is None or after is not None:
        return ""
    is_gone = _end(revision, Item("view", item.schema, "", item.table)) is None
    return "" if is_gone else f"column {item.table}.{item.name}"


def _column_renamed(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    statement = _statement(revision, difference)
    if item.kind != "column" or before is None or after is not None or statement is None:
        return ""
    now = _new_name(statement, difference)
    # In the place of one that is dropped, there is nothing that the service would miss.
    is_swap = item._replace(name=now) in revision.recording.used.items
    return f"{item}, now {now}" if now and not is_swap else ""


def _new_name(statement: Statement, difference: Difference) -> str:
    """Return the name that a column has got by a rename, or nothing."""
    if not (statement.part.has("RENAME") or "RENAME" in statement.part.body):
        return ""
    for each, definition in statement.now.items():
        same = each._replace(name="") == difference.item._replace(name="")
        if same and definition == difference.expected and each not in statement.was:
            return each.name
    return ""


def _columns(
    test: Callable[[ColumnText, ColumnText], bool],
) -> Callable[[Revision, Difference], str]:
    """Return a test of columns that stay, by the parts of their definitions before and after."""

    def both(revision: Revision, difference: Difference) -> str:
        item, before, after = difference
        if item.kind != "column" or before is None or after is None:
            return ""
        return str(item) if test(column_text(before), column_text(after)) else ""

    return both


def _gives_value(column: ColumnText) -> bool:
    return column.default is not None or bool(column.generated)


def _required_column(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    if item.kind != "column" or before is not None or after is None or item.parent is None:
        return ""
    column = column_text(after)
    if item.parent not in revision.recording.used.items or _is_new_table(revision, item.parent):
        return ""
    return str(item) if column.is_required and not _gives_value(column) else ""


def _is_new_table(revision: Revision, item: Item) -> bool:
    statements = revision.recording.statements
    return bool(statements) and not any(
        (each.schema, each.name) == (item.schema, item.name)
        and oid in revision.recording.used.relations
        for oid, each in statements[-1].after.relations.items()
    )


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
    """Return whether it goes since its column does, or only gets another name."""
    statement = _statement(revision, difference)
    if statement is None:
        return False
    changed = compare(statement.was, statement.now)
    owner, is_key = difference.item.parent, difference.item.kind == "constraint"
    return any(
        (each.item.kind == "column" and each.item.parent == owner and each.found is None)
        or (
            each.item.kind == difference.item.kind
            and (each.expected, each.found) == (None, difference.expected)
            and not (is_key and _KEY.match(each.found or ""))
        )
        for each in changed
    )


def _check(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    is_gone = item.kind == "constraint" and after is None and (before or "").startswith("CHECK")
    if not is_gone or before is None or _goes_with_column(revision, difference):
        return ""
    # A check that only served to set NOT NULL.
    match = re.fullmatch(r"CHECK \(\((.+) IS NOT NULL\)\)(?: NOT VALID)?", before)
    if match:
        column = item._replace(kind="column", name=match[1].strip('"').replace('""', '"'))
        if column_text(_end(revision, column) or "").is_required:
            return ""
    return str(item)


def _trigger(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    mark = "(DISABLED)"
    if item.kind not in ("trigger", "constraint") or before is None:
        return ""
    if after is None:
        loses = any(
            each.kind == "column" and each.parent == item.parent
            for each in revision.recording.start.keys() - revision.recording.end.keys()
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
    return str(item) if is_gone and not _end(revision, item._replace(kind="table")) else ""


def _other(revision: Revision, difference: Difference) -> str:
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
    statement = _statement(revision, difference)
    return statement is not None and any(
        each.kind == difference.item.kind and statement.now[each] == difference.expected
        for each in statement.now.keys() - statement.was.keys()
        if each in revision.recording.used.items
    )


def _has_other_values(revision: Revision, sequence: Item) -> bool:
    """Return whether the columns that took their values from it get them otherwise now."""
    call = f"nextval('{qualified(sequence.schema, sequence.name)}'::regclass)"
    columns = [
        column_text(_end(revision, item) or "")
        for item, definition in revision.recording.start.items()
        if item.kind == "column" and column_text(definition).default == call
    ]
    return bool(columns) and all(map(_gives_value, columns))


def _rule(
    code: str, test: Callable[[Revision, Difference], str], reason: str, *, is_remark: bool = False
) -> Rule:
    return Rule(code, f"{reason} {_RELIES}", _lost(test), is_remark=is_remark)


LOSS_RULES = (
    Rule("renaming-table", f"The name or schema changes: $about. {_RELIES}", _table_renamed),
    Rule("ban-drop-table", f"$about goes (is dropped), with its rows. {_RELIES}", _table_dropped),
    _rule("renaming-column", _column_renamed, "The name changes (a rename): $about."),
    Rule("ban-drop-column", f"$about goes (is dropped). {_RELIES}", _column_dropped),
    _rule("ban-drop-column", _view_column, "$about goes (a view no longer has it)."),
    _rule(
        "default-gone",
        _columns(lambda was, now: _gives_value(was) > _gives_value(now) and now.is_required),
        "The default of $about goes, which must not be NULL: an INSERT without it fails.",
    ),
    _rule(
        "nullable-default-gone",
        _columns(lambda was, now: _gives_value(was) > _gives_value(now) and not now.is_required),
        "The default of $about goes: new rows have NULL instead.",
        is_remark=True,
    ),
    _rule(
        "identity-always",
        _columns(lambda was, now: "ALWAYS" in now.generated and "ALWAYS" not in was.generated),
        "$about becomes GENERATED ALWAYS: an INSERT that gives a value fails.",
    ),
    _rule(
        "ban-drop-not-null",
        _columns(lambda was, now: was.is_required > now.is_required),
        "$about can be NULL from now on.",
        is_remark=True,
    ),
    Rule(
        "adding-required-field",
        "The new $about is NOT NULL and has no default: rows that exist have no value, and the "
        "running service writes none.",
        _lost(_required_column),
    ),
    _rule("ban-drop-constraint", _constraint, "$about goes (is dropped); ON CONFLICT may name it."),
    _rule("drop-check", _check, "$about goes: rows are only freer.", is_remark=True),
    _rule("trigger-off", _trigger, "The $about is dropped or switched off (DISABLE TRIGGER)."),
    _rule(
        "row-security", _row_security, "Row level security of $about changes: who sees which rows."
    ),
    _rule("table-changed", _table_changed, "$about changes in kind."),
    _rule("revoke", _right, "A right (privilege) goes (REVOKE) on $about."),
    _rule("enum-value-gone", _label, "A value of an enum goes or is renamed: $about."),
    _rule("ban-drop-view", _view, "$about goes (is dropped or renamed)."),
    _rule("renaming-object", _other, "$about goes: it is dropped (by CASCADE, too) or renamed."),
)
