"""Rules about what a statement does while nobody else can write to a table."""

from collections.abc import Callable, Iterator

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference
from alembic_workflow.lint.rule import Danger, Revision, Rule
from alembic_workflow.lint.rules.effects import (
    WHILE_BUILT,
    WHILE_READ,
    WHILE_WRITTEN,
    Effects,
    effects,
    is_exclusive,
)

Find = Callable[[Revision], Iterator[Danger]]
NOT_VALID = " NOT VALID"


def _each(test: Callable[[Effects, Difference], str]) -> Find:
    """Return what finds the changes of a table in use for which others wait.

    Takes what tells for how long, of a statement and a difference: "" if they do not.
    """

    def find(revision: Revision) -> Iterator[Danger]:
        for each in effects(revision.recording):
            for difference in each.differences:
                wait = test(each, difference)
                table = each.table(difference) or each.lock
                if wait and table is not None:
                    about = str(difference.item)
                    yield Danger(each.line, about, table, wait, each.statement, difference)

    return find


def _new_index(each: Effects, difference: Difference) -> str:
    is_new = difference.item.kind == "index" and difference.expected is None
    return WHILE_BUILT if is_new and each.table(difference) and each.built else ""


def _new_key(*beginnings: str) -> Callable[[Effects, Difference], str]:
    def test(each: Effects, difference: Difference) -> str:
        is_new = difference.item.kind == "constraint" and difference.expected is None
        is_key = (difference.found or "").startswith(beginnings)
        reads = "PRIMARY KEY" in beginnings and bool(each.scanned)
        if not (is_new and is_key and each.table(difference) and (each.built or reads)):
            return ""
        return WHILE_BUILT if each.built else WHILE_READ

    return test


def _validated(beginning: str) -> Callable[[Effects, Difference], str]:
    """Return a test of constraints that are checked against the rows that exist."""

    def test(each: Effects, difference: Difference) -> str:
        item, before, after = difference
        if item.kind != "constraint" or not (after or "").startswith(beginning):
            return ""
        is_checked = after is not None and not after.endswith(NOT_VALID)
        was_checked = before is not None and not before.endswith(NOT_VALID)
        if each.is_renamed(difference) or each.table(difference) is None or each.lock is None:
            return ""
        if not is_checked or was_checked:
            return ""
        return WHILE_READ

    return test


def _not_null(each: Effects, difference: Difference) -> str:
    item, before, after = difference
    if item.kind != "column" or before is None or after is None or not each.scanned:
        return ""
    has_key = any((one.found or "").startswith("PRIMARY KEY") for one in each.differences)
    is_new = column_text(after).is_required and not column_text(before).is_required
    return WHILE_READ if is_new and not has_key and each.lock else ""


def _domain(each: Effects, difference: Difference) -> str:
    return WHILE_READ if difference.item.kind == "domain" and each.scanned and each.lock else ""


def _new_type(each: Effects, difference: Difference) -> str:
    item, before, after = difference
    table = each.table(difference)
    if item.kind != "column" or before is None or after is None or table is None:
        return ""
    if column_text(before).type == column_text(after).type or not each.rewritten + each.built:
        return ""
    is_whole = any(one.oid == table.oid for one in each.rewritten)
    return WHILE_WRITTEN if is_whole else WHILE_BUILT


def _computed_column(each: Effects, difference: Difference) -> str:
    item, before, after = difference
    is_new = item.kind == "column" and before is None and after is not None
    table = each.table(difference)
    is_rewritten = table is not None and any(one.oid == table.oid for one in each.rewritten)
    return WHILE_WRITTEN if is_new and is_rewritten else ""


def _index_dropped(revision: Revision) -> Iterator[Danger]:
    for each in effects(revision.recording):
        gone = {one.item.kind for one in each.differences if one.found is None}
        if gone & {"column", "constraint", "table", "view"} or each.built:
            continue
        for index in each.dropped:
            table = each.held.get(index.table)
            if table is not None and is_exclusive(table):
                wait = "while the statement waits for all that use it to end"
                difference = next((d for d in each.differences if d.item.kind == "index"), None)
                yield Danger(each.line, f"index {index}", table, wait, each.statement, difference)


def _partition(*, attached: bool) -> Find:
    def find(revision: Revision) -> Iterator[Danger]:
        for each in effects(revision.recording):
            for before, after in each.moved:
                if attached and after.parent and before.oid in {one.oid for one in each.scanned}:
                    yield Danger(each.line, f"partition {after}", after, WHILE_READ, each.statement)
                table = each.relation(before.parent)
                if not attached and before.parent and table is not None and is_exclusive(table):
                    wait = "while the statement waits for all that use it to end"
                    yield Danger(each.line, f"partition {after}", table, wait, each.statement)

    return find


LOCK_RULES = (
    Rule(
        "require-concurrent-index-creation",
        find=_each(_new_index),
        reason="$about is built without CONCURRENTLY.",
    ),
    Rule(
        "disallowed-unique-constraint",
        find=_each(_new_key("UNIQUE")),
        reason="The unique $about builds its index under a lock.",
    ),
    Rule(
        "adding-primary-key",
        find=_each(_new_key("PRIMARY KEY")),
        reason="The primary key $about builds its index, or looks for NULL, under a lock.",
    ),
    Rule(
        "constraint-missing-not-valid",
        find=_each(_new_key("EXCLUDE")),
        reason="The exclusion $about builds its index under a lock, and PostgreSQL has no way "
        "to build it before.",
    ),
    Rule(
        "adding-foreign-key-constraint",
        find=_each(_validated("FOREIGN KEY")),
        reason="The foreign key $about checks every row that exists at once.",
    ),
    Rule(
        "constraint-missing-not-valid",
        find=_each(_validated("CHECK")),
        reason="The check $about checks every row that exists at once, or in the transaction that "
        "adds it.",
    ),
    Rule(
        "adding-not-nullable-field",
        find=_each(_not_null),
        reason="SET NOT NULL on $about reads the table; behind a CHECK that is valid it would not.",
    ),
    Rule(
        "domain-constraint",
        find=_each(_domain),
        reason="The constraint of $about checks every row of every table that uses it.",
    ),
    Rule(
        "changing-column-type",
        find=_each(_new_type),
        reason="Another type for $about rewrites the table or its indexes.",
    ),
    Rule(
        "adding-field-with-default",
        find=_each(_computed_column),
        reason="The new $about has a value of its own in each row (a volatile default, identity, "
        "or generated and stored), so the table is rewritten.",
    ),
    Rule(
        "require-concurrent-index-deletion",
        find=_index_dropped,
        reason="$about is dropped without CONCURRENTLY.",
    ),
    Rule(
        "partition-attached",
        find=_partition(attached=True),
        reason="ATTACH PARTITION reads $about, which has no valid CHECK that says its bounds.",
    ),
    Rule(
        "require-concurrent-partition-detach",
        find=_partition(attached=False),
        reason="$about is detached without CONCURRENTLY.",
    ),
)
