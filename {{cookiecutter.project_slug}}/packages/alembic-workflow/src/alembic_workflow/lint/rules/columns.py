"""Rules about changes of columns that lock."""

from collections.abc import Callable

from alembic_workflow.catalog.column_text import ColumnText, column_text
from alembic_workflow.catalog.items import Difference
from alembic_workflow.lint.danger import Wait
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.rule import Find, Rule, of_differences


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
)
