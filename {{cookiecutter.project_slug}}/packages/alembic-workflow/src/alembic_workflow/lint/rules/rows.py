"""Rules about rows that are read or changed."""

import re
from collections.abc import Iterator

from alembic_workflow.lint.danger import Danger, Revision, Wait
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_rows import moved
from alembic_workflow.lint.recipes.of_source import unlocked
from alembic_workflow.lint.rule import Place, Rule, of_statements
from alembic_workflow.lint.state import LOCKS_ROWS
from alembic_workflow.sql.text import masked

_JOINS = re.compile(
    r"\s*(?:WITH\b.*\)\s*)?(?:MERGE\b|UPDATE\b.*\bFROM\b|DELETE\s+FROM\b.*\bUSING\b)",
    re.IGNORECASE | re.DOTALL,
)
_BOUND = r"LIMIT|FETCH (?:FIRST|NEXT)"
_LOCKS = re.compile(
    rf"^(?!.*\b(?:{_BOUND})\b).*\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b", re.IGNORECASE
)
_FINDS = r"WHERE\b.*\b(?:IN|EXISTS|ANY|SOME)\s*\(\s*(?:SELECT|WITH|TABLE)"


def _reads_under_lock(each: Effects) -> Iterator[Place]:
    is_reading = each.part.begins("SELECT|WITH|INSERT|DO|CALL|TABLE|COPY|CREATE|EXECUTE")
    if each.held_before and each.scanned and is_reading and not each.written and not each.built:
        yield ", ".join(map(str, each.scanned)), each.lock_on(each.scanned), Wait.READ


def _locks_all(each: Effects) -> Iterator[Place]:
    words = f"{each.part.plain} {each.part.body}"
    if each.written or not _LOCKS.search(words):
        return
    is_whole = not re.search(r"\bWHERE\b", words, re.IGNORECASE)
    tables = (one for one in each.locked if one.kind in "rp" and one.lock == LOCKS_ROWS)
    yield from ((str(one), None, "") for one in tables if is_whole or one in each.scanned)


def _writes_with_lock(revision: Revision) -> Iterator[Danger]:
    written: list[Effects] = []
    for each in revision.effects:
        if each.statement.autocommit or each.statement.ended:
            written = []
        if written and each.lock and each.takes_lock:
            yield from (_changes_rows(one, each) for one in written)
            written = []
        looks = each.looked_up or each.part.begins("DELETE|MERGE|UPDATE")
        if each.written and looks and not each.statement.is_batch:
            if each.held_before:
                yield _changes_rows(each, each)
            elif not each.statement.autocommit:
                written.append(each)


def _changes_rows(each: Effects, locking: Effects) -> Danger:
    names, table = ", ".join(map(str, each.written)), locking.lock_on(each.written)
    return Danger(each.line, names, table, Wait.TRANSACTION, each.statement)


def _writes_all(revision: Revision) -> Iterator[Danger]:
    """Yield statements that change what they find by reading all, and those in a loop over all."""
    read: set[int] = set()
    lines: set[int] = set()
    for each in revision.effects:
        statement, tables = each.statement, {one.oid: one for one in each.written}
        is_bounded = each.part.has(_BOUND)
        if statement.autocommit or statement.ended:
            read, lines = set(), set()
        if statement.is_batch or (statement.autocommit and is_bounded):
            continue
        scanned = {one.oid for one in each.scanned}
        joins = _JOINS.match(masked(each.part.text)) or each.part.has(_FINDS)
        is_unbounded = each.reads_many or not each.looked_up  # the join found nothing before
        found = set(tables) if joins and is_unbounded else tables.keys() & scanned
        if each.part.begins("UPDATE|DELETE") and (each.line in lines or each.rows_written > 1):
            found |= tables.keys() & read
            read -= found  # once is enough
        for oid in found:
            yield Danger(each.line, str(tables[oid]), None, "", statement)
        read |= scanned if each.part.begins("SELECT") and not is_bounded else set()
        lines.add(each.line)


ROW_RULES = (
    Rule(
        "reads-under-lock",
        "Every row of $about is read while a lock of this revision is held.",
        of_statements(_reads_under_lock),
        recipe=moved,
    ),
    Rule(
        "rows-locked",
        "Every row of $about is read and locked (FOR UPDATE) until the transaction ends.",
        of_statements(_locks_all),
        recipe=unlocked,
    ),
    Rule(
        "backfill-with-ddl",
        "Rows of $about change (a backfill) in the transaction of a change of the schema.",
        _writes_with_lock,
        recipe=moved,
    ),
    Rule(
        "backfill-at-once",
        "One transaction changes rows of $about that it finds by reading all: each row that it has "
        "changed (UPDATE or DELETE) stays locked until all are done, instead of in batches.",
        _writes_all,
        recipe=moved,
    ),
)
