"""Rules about tables and columns that the running service loses."""

from collections.abc import Callable, Iterator

from alembic_workflow.catalog.column_text import ColumnText, column_text
from alembic_workflow.catalog.items import Difference, Item, compare
from alembic_workflow.lint.recording import Statement
from alembic_workflow.lint.rule import Danger, Revision, Rule
from alembic_workflow.lint.rules.loss import (
    RELIES,
    at_the_end,
    changed_tables,
    gives_value,
    last_statement,
    loss_rule,
    lost,
)
from alembic_workflow.lint.state import Relation

_NAMED = ("table", "view")


def _table_dropped(revision: Revision) -> Iterator[Danger]:
    for statement, relation, now in changed_tables(revision):
        if now is None:
            yield _about_table(statement, relation, f"table {relation}")


def _table_renamed(revision: Revision) -> Iterator[Danger]:
    for statement, relation, now in changed_tables(revision):
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
    is_gone = at_the_end(revision, Item("view", item.schema, "", item.table)) is None
    return "" if is_gone else f"column {item.table}.{item.name}"


def _column_renamed(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    statement = last_statement(revision, difference)
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


def _required_column(revision: Revision, difference: Difference) -> str:
    item, before, after = difference
    if item.kind != "column" or before is not None or after is None or item.parent is None:
        return ""
    column = column_text(after)
    if item.parent not in revision.recording.used.items or _is_new_table(revision, item.parent):
        return ""
    return str(item) if column.is_required and not gives_value(column) else ""


def _is_new_table(revision: Revision, item: Item) -> bool:
    statements = revision.recording.statements
    return bool(statements) and not any(
        (each.schema, each.name) == (item.schema, item.name)
        and oid in revision.recording.used.relations
        for oid, each in statements[-1].after.relations.items()
    )


TABLE_RULES = (
    Rule("renaming-table", f"The name or schema changes: $about. {RELIES}", _table_renamed),
    Rule("ban-drop-table", f"$about goes (is dropped), with its rows. {RELIES}", _table_dropped),
    loss_rule("renaming-column", _column_renamed, "The name changes (a rename): $about."),
    Rule("ban-drop-column", f"$about goes (is dropped). {RELIES}", _column_dropped),
    loss_rule("ban-drop-column", _view_column, "$about goes (a view no longer has it)."),
    loss_rule(
        "ban-drop-default",
        _columns(lambda was, now: gives_value(was) > gives_value(now) and now.is_required),
        "The default of $about goes, which must not be NULL: an INSERT without it fails.",
    ),
    loss_rule(
        "nullable-default-gone",
        _columns(lambda was, now: gives_value(was) > gives_value(now) and not now.is_required),
        "The default of $about goes: new rows have NULL instead.",
        is_remark=True,
    ),
    loss_rule(
        "ban-alter-identity",
        _columns(lambda was, now: "ALWAYS" in now.generated and "ALWAYS" not in was.generated),
        "$about becomes GENERATED ALWAYS: an INSERT that gives a value fails.",
    ),
    loss_rule(
        "ban-drop-not-null",
        _columns(lambda was, now: was.is_required > now.is_required),
        "$about can be NULL from now on.",
        is_remark=True,
    ),
    Rule(
        "adding-required-field",
        "The new $about is NOT NULL and has no default: rows that exist have no value, and the "
        "running service writes none.",
        lost(_required_column),
    ),
)
