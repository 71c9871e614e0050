"""Losses of columns: what the running service reads, or gives no value for."""

from collections.abc import Callable, Iterator
from itertools import product

from alembic_workflow.catalog.column_text import ColumnText, column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.lint.danger import Revision
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_renames import renamed
from alembic_workflow.lint.recording import Statement
from alembic_workflow.lint.rule import Place, Rule, of_statements
from alembic_workflow.lint.rules.losses.loss import (
    RELIES,
    Test,
    gives_value,
    last_statement,
    loss_rule,
)


def _dropped(each: Effects) -> Iterator[Place]:
    """Yield the columns that are dropped, though others of their names may be made later."""
    for difference in each.differences:
        item, _, after = difference
        is_gone = item.kind == "column" and after is None and item in each.used.items
        if is_gone and item not in _renames(each.statement):
            yield str(item), None, "", difference


def _renamed(revision: Revision, difference: Difference) -> str:
    item = difference.item
    now = _renames(last_statement(revision, item)).get(item)
    # In the place of one that is dropped, there is nothing that the service would miss.
    return f"{item}, now {now.name}" if now and now not in revision.recording.used.items else ""


def _renames(statement: Statement | None) -> dict[Item, Item]:
    """Return the columns that a statement renames, each with what it is afterwards."""
    if statement is None or "RENAME" not in f"{statement.part.plain} {statement.part.body}".upper():
        return {}
    was, now = statement.was, statement.now
    pairs = product(was.keys() - now.keys(), now.keys() - was.keys())
    return {
        old: new
        for old, new in pairs
        if old.kind == "column" and old._replace(name="") == new._replace(name="")
        if was[old] == now[new]
    }


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


def _default_gone(*, is_relied_on: bool) -> Test:
    return _both(
        lambda was, now: (
            gives_value(was) > gives_value(now)
            and (now.is_required or was.is_computed) == is_relied_on
        )
    )


def _required(revision: Revision, difference: Difference) -> str:
    item, used = difference.item, revision.recording.used.relations
    column = column_text(difference.found or "")
    relations = revision.recording.statements[-1].after.relations if revision.effects else {}
    is_used = any(
        (each.schema, each.name) == item[1:3] for each in map(relations.get, used) if each
    )
    is_renamed = item in _renames(last_statement(revision, item)).values()
    is_missed = is_used and column.is_required and not gives_value(column)
    return str(item) if is_missed and not is_renamed else ""


COLUMN_LOSSES = (
    loss_rule(
        "adding-required-field",
        *("new", "column"),
        "The new $about is NOT NULL without a default: an INSERT without it fails.",
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
        "The default of $about goes, which is computed or must not be NULL: an INSERT without a "
        "value fails, or leaves it empty.",
        _default_gone(is_relied_on=True),
    ),
    loss_rule(
        *("nullable-default-gone", "changed", "column"),
        "The default of $about goes: new rows have NULL instead.",
        _default_gone(is_relied_on=False),
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
