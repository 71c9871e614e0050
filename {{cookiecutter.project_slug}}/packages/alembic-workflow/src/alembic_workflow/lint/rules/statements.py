"""Rules about what a statement reads, rewrites and changes, and how a transaction goes."""

from collections.abc import Callable, Iterator

from alembic_workflow.lint.rule import NO_OTHER_WAY, Danger, Revision, Rule
from alembic_workflow.lint.rules.effects import (
    UNTIL_END,
    WHILE_READ,
    WHILE_WRITTEN,
    Effects,
    effects,
    is_exclusive,
)
from alembic_workflow.lint.state import Relation

LONGEST_LOCK_TIMEOUT = 30_000  # milliseconds


def _rewritten(
    test: Callable[[Effects, Relation], bool], wait: str
) -> Callable[[Revision], Iterator[Danger]]:
    """Return what finds the relations that get another file in such a statement."""

    def find(revision: Revision) -> Iterator[Danger]:
        for each in effects(revision.recording):
            for relation in each.rewritten:
                if test(each, relation):
                    table = each.relation(relation.table) or relation
                    yield Danger(each.line, str(table), table, wait, each.statement)

    return find


def _is_begun(words: str) -> Callable[[Effects, Relation], bool]:
    return lambda each, relation: relation.kind == "r" and each.statement.part.begins(words)


def _is_table(each: Effects, relation: Relation) -> bool:
    """Return whether a table is rewritten for none of the reasons that have rules of their own."""
    is_said = each.statement.part.begins(r"TRUNCATE|CLUSTER|VACUUM")
    changed = any(one.item.kind == "column" for one in each.differences)
    return relation.kind == "r" and not is_said and not changed


def _is_index(each: Effects, relation: Relation) -> bool:
    tables = {one.oid for one in each.rewritten}
    changed = any(one.item.kind == "column" for one in each.differences)
    return relation.kind == "i" and relation.table not in tables and not changed


def _reads_under_lock(revision: Revision) -> Iterator[Danger]:
    for each in effects(revision.recording):
        is_reading = each.statement.part.begins(
            r"SELECT|WITH|INSERT|DO|CALL|TABLE|COPY|CREATE|EXECUTE"
        )
        if each.held_before and each.scanned and is_reading and not each.written:
            names = ", ".join(map(str, each.scanned))
            yield Danger(each.line, names, each.lock, WHILE_READ, each.statement)


def _writes_with_lock(revision: Revision) -> Iterator[Danger]:
    written: list[Danger] = []
    for each in effects(revision.recording):
        if each.statement.autocommit or each.statement.ended:
            written = []
        if written and each.lock and each.held.keys() - each.held_before.keys():
            yield from (one._replace(table=each.lock) for one in written)
            written = []
        if each.written and each.looked_up and not each.statement.is_batch:
            names = ", ".join(map(str, each.written))
            danger = Danger(each.line, names, each.lock, UNTIL_END, each.statement)
            if each.held_before:
                yield danger
            elif not each.statement.autocommit:
                written.append(danger)


def _writes_all(revision: Revision) -> Iterator[Danger]:
    for each in effects(revision.recording):
        part = each.statement.part
        is_bounded = each.statement.autocommit and part.has("LIMIT|FETCH (?:FIRST|NEXT)")
        if each.statement.is_batch or is_bounded:
            continue
        for table in each.changes_all:
            yield Danger(each.line, str(table), None, "", each.statement)


def _several_tables(revision: Revision) -> Iterator[Danger]:
    for each in effects(revision.recording):
        before = [one for one in each.held_before.values() if is_exclusive(one)]
        families = {one.parent or one.oid for one in before}
        for oid, table in each.held.items():
            is_new = oid not in each.held_before and (table.parent or oid) not in families
            if before and is_new and is_exclusive(table):
                about = f"{table}, after {before[0]}"
                yield Danger(each.line, about, before[0], UNTIL_END, each.statement)


def _long_lock_timeout(revision: Revision) -> Iterator[Danger]:
    for each in effects(revision.recording):
        timeout = each.statement.after.lock_timeout
        is_long = not 0 < timeout <= LONGEST_LOCK_TIMEOUT
        if is_long and each.held.keys() - each.held_before.keys():
            wait = "while the statement waits for its own turn"
            yield Danger(each.line, f"{timeout} ms", each.lock, wait, each.statement)


def _lock_table(revision: Revision) -> Iterator[Danger]:
    for each in effects(revision.recording):
        is_new = bool(each.held.keys() - each.held_before.keys())
        if each.statement.part.begins("LOCK") and is_new and not each.statement.autocommit:
            yield Danger(each.line, str(each.lock), each.lock, UNTIL_END, each.statement)


def _transaction_ended(revision: Revision) -> Iterator[Danger]:
    for statement in revision.recording.statements:
        if statement.ended:
            yield Danger(statement.line, statement.part.plain, statement=statement)


def _sleeps(revision: Revision) -> Iterator[Danger]:
    for each in effects(revision.recording):
        part = each.statement.part
        if each.held_before and "pg_sleep" in f"{part.plain} {part.body}".lower():
            yield Danger(each.line, "pg_sleep", each.lock, "while it sleeps", each.statement)
    for line in revision.source.calls("sleep"):
        held = [each for each in effects(revision.recording) if each.line < line and each.held]
        if held and not held[-1].statement.autocommit:
            yield Danger(line, "sleep", held[-1].lock, "while it sleeps")


STATEMENT_RULES = (
    Rule(
        "truncate",
        find=_rewritten(_is_begun("TRUNCATE"), "until the revision's transaction ends"),
        reason="TRUNCATE empties $about: the rows are gone, and the running service misses them.",
    ),
    Rule(
        "vacuum-full",
        find=_rewritten(_is_begun("VACUUM"), WHILE_WRITTEN),
        reason="VACUUM FULL rewrites $about.",
    ),
    Rule(
        "cluster",
        find=_rewritten(_is_begun("CLUSTER"), WHILE_WRITTEN),
        reason="CLUSTER rewrites $about.",
        advice=NO_OTHER_WAY,
    ),
    Rule(
        "table-rewrite",
        find=_rewritten(_is_table, WHILE_WRITTEN),
        reason="The statement rewrites $about.",
        advice=NO_OTHER_WAY,
    ),
    Rule(
        "refresh-without-concurrently",
        find=_rewritten(lambda each, relation: relation.kind == "m", "while it is computed"),
        reason="$about is refreshed without CONCURRENTLY.",
    ),
    Rule(
        "require-concurrent-reindex",
        find=_rewritten(_is_index, "while the index is built"),
        reason="An index of $about is built again without CONCURRENTLY.",
    ),
    Rule(
        "sequence-restarted",
        find=_rewritten(
            lambda each, relation: relation.kind == "S" and each.statement.part.has("RESTART"), ""
        ),
        reason="Sequence $about starts again, and gives numbers that rows may have already.",
    ),
    Rule(
        "reads-under-lock",
        find=_reads_under_lock,
        reason="Every row of $about is read while a lock of this revision is held.",
    ),
    Rule(
        "backfill-with-ddl",
        find=_writes_with_lock,
        reason="Rows of $about change (a backfill) in the transaction of a change of the schema.",
    ),
    Rule(
        "backfill-at-once",
        find=_writes_all,
        reason="One statement changes rows of $about without an index to find them: each row that "
        "it has changed (UPDATE or DELETE) stays locked until all are done, instead of in batches.",
    ),
    Rule(
        "several-tables",
        find=_several_tables,
        reason="One transaction locks several tables: $about. Whoever uses both can deadlock "
        "with it.",
        advice="# Change each table in a revision of its own.",
        is_remark=True,
    ),
    Rule(
        "lock-timeout-off",
        find=_long_lock_timeout,
        reason="lock_timeout is $about (0 is for ever), and a lock is taken: all that come after "
        "queue behind it.",
    ),
    Rule(
        "lock-table",
        find=_lock_table,
        reason="LOCK TABLE holds $about, though each statement takes the lock that it needs.",
    ),
    Rule(
        "transaction-control",
        find=_transaction_ended,
        reason="$about ends the revision's transaction halfway: Alembic begins and commits it.",
    ),
    Rule(
        "sleep",
        find=_sleeps,
        reason="$about lets others wait for nothing.",
    ),
)
