"""Rules about columns: changes that lock, and what the running service loses."""

from collections.abc import Callable, Iterator

from alembic_workflow.catalog.column_text import ColumnText, column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.lint.danger import Revision, Wait
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_changes import renamed
from alembic_workflow.lint.recording import Statement
from alembic_workflow.lint.rule import Find, Place, Rule, of_differences, of_statements
from alembic_workflow.lint.rules.loss import RELIES, Test, gives_value, last_statement, loss_rule


def _columns(test: Callable[[Effects, Difference, ColumnText, ColumnText], str]) -> Find:
    """Return what finds columns of tables in use, by their definitions before and after."""

    def both(each: Effects, difference: Difference) -> str:
        was, now = (column_text(text or "") for text in difference[1:])
        is_there = bool(now.type) and each.table(difference) is not None
        return test(each, difference, was, now) if is_there else ""

    return of_differences("column", both)


def _not_null(each: Effects, difference: Difference, was: ColumnText, now: ColumnText) -> str:
    has_key = any((one.found or "").startswith("PRIMARY KEY") for one in each.differences)
    is_new = bool(was.type) and now.is_required and not was.is_required and not has_key
    return Wait.READ if is_new and each.scanned and each.lock else ""


def _new_type(each: Effects, difference: Difference, was: ColumnText, now: ColumnText) -> str:
    if was.type in ("", now.type):
        return ""
    if each.table(difference) in each.rewritten:
        return Wait.WRITTEN
    return Wait.BUILT if each.rewritten or each.built else ""


def _computed(each: Effects, difference: Difference, was: ColumnText, now: ColumnText) -> str:
    return "" if was.type or each.table(difference) not in each.rewritten else Wait.WRITTEN


def _dropped(each: Effects) -> Iterator[Place]:
    """Yield the columns that are dropped, though others of their names may be made later."""
    for difference in each.differences:
        item, _, after = difference
        is_gone = item.kind == "column" and after is None and item in each.used.items
        if is_gone and not _new_name(each.statement, difference):
            yield str(item), None, "", difference


def _renamed(revision: Revision, difference: Difference) -> str:
    item = difference.item
    statement = last_statement(revision, item)
    now = _new_name(statement, difference) if statement else ""
    # In the place of one that is dropped, there is nothing that the service would miss.
    is_swap = item._replace(name=now) in revision.recording.used.items
    return f"{item}, now {now}" if now and not is_swap else ""


def _new_name(statement: Statement, difference: Difference) -> str:
    """Return the name that a column has got by a rename, or nothing."""
    if not (statement.part.has("RENAME") or "RENAME" in statement.part.body):
        return ""
    for each in statement.now.keys() - statement.was.keys():
        same = each._replace(name="") == difference.item._replace(name="")
        if same and statement.now[each] == difference.expected:
            return each.name
    return ""


def _of_view(revision: Revision, difference: Difference) -> str:
    item = difference.item
    has_view = Item("view", item.schema, "", item.table) in revision.recording.end
    return f"column {item.table}.{item.name}" if has_view else ""


def _both(test: Callable[[ColumnText, ColumnText], bool]) -> Test:
    """Return a test of columns by the parts of their definitions before and after."""

    def both(revision: Revision, difference: Difference) -> str:
        was, now = (column_text(text or "") for text in difference[1:])
        return str(difference.item) if test(was, now) else ""

    return both


def _required(revision: Revision, difference: Difference) -> str:
    item, used = difference.item, revision.recording.used.relations
    column = column_text(difference.found or "")
    relations = revision.recording.statements[-1].after.relations if revision.effects else {}
    is_used = any(
        (each.schema, each.name) == item[1:3] for each in map(relations.get, used) if each
    )
    return str(item) if is_used and column.is_required and not gives_value(column) else ""


COLUMN_RULES = (
    Rule(
        "adding-not-nullable-field",
        "SET NOT NULL on $about reads the table; behind a CHECK that is valid it would not.",
        _columns(_not_null),
    ),
    Rule(
        "changing-column-type",
        "Another type for $about rewrites the table or its indexes.",
        _columns(_new_type),
    ),
    Rule(
        "adding-field-with-default",
        "The new $about has a value of its own in each row (a volatile default, identity, or "
        "generated and stored), so the table is rewritten.",
        _columns(_computed),
    ),
    loss_rule(
        "adding-required-field",
        *(
            "new",
            "column",
            "The new $about is NOT NULL without a default: an INSERT without it fails.",
        ),
        _required,
    ),
    loss_rule(
        *("renaming-column", "gone", "column", "The name changes (a rename): $about."),
        _renamed,
        recipe=renamed,
    ),
    Rule("ban-drop-column", f"$about goes (is dropped). {RELIES}", of_statements(_dropped)),
    loss_rule(
        *("ban-drop-column", "gone", "view column", "$about goes (a view no longer has it)."),
        _of_view,
    ),
    loss_rule(
        *("ban-drop-default", "changed", "column"),
        "The default of $about goes, which must not be NULL: an INSERT without it fails.",
        _both(lambda was, now: gives_value(was) > gives_value(now) and now.is_required),
    ),
    loss_rule(
        *("nullable-default-gone", "changed", "column"),
        "The default of $about goes: new rows have NULL instead.",
        _both(lambda was, now: gives_value(was) > gives_value(now) and not now.is_required),
        is_remark=True,
    ),
    loss_rule(
        *("ban-alter-identity", "changed", "column"),
        "$about becomes GENERATED ALWAYS: an INSERT that gives a value fails.",
        _both(lambda was, now: "ALWAYS" in now.generated and "ALWAYS" not in was.generated),
    ),
    loss_rule(
        *("ban-drop-not-null", "changed", "column", "$about can be NULL from now on."),
        _both(lambda was, now: was.is_required > now.is_required),
        is_remark=True,
    ),
)
