"""Rules about tables, their indexes and partitions, that lock."""

from collections.abc import Iterator

from alembic_workflow.lint.danger import Danger, Revision, Wait
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_source import attached, concurrently, without_full
from alembic_workflow.lint.rule import (
    NO_OTHER_WAY,
    Find,
    Place,
    Rule,
    of_differences,
    of_statements,
)
from alembic_workflow.lint.rules.losses.loss import changed_tables


def _indexes_dropped(revision: Revision) -> Iterator[Danger]:
    """Yield the indexes that are dropped, but for those of a table that goes as well."""
    gone = {table.oid for _, table, now in changed_tables(revision) if now is None}
    for danger in of_statements(_index_dropped)(revision):
        if danger.table is None or danger.table.oid not in gone:
            yield danger


def _index_dropped(each: Effects) -> Iterator[Place]:
    gone = {one.item.kind for one in each.differences if one.found is None}
    if gone & {"column", "constraint", "table", "view"} or each.built:
        return
    for index in each.dropped:
        table = each.held.get(index.table)
        if table is not None and table.is_exclusive:
            difference = next((one for one in each.differences if one.item.kind == "index"), None)
            yield f"index {index}", table, Wait.OTHERS, difference


def _attached(each: Effects) -> Iterator[Place]:
    """Yield partitions that are read: the one that is attached, and the default one."""
    if each.moved or each.part.has("PARTITION OF"):
        yield from ((f"partition {one}", one, Wait.READ) for one in each.scanned)


def _detached(each: Effects) -> Iterator[Place]:
    for before, after in each.moved:
        table = each.held.get(before.parent or 0)
        if table is not None and table.is_exclusive:
            yield f"partition {after}", table, Wait.OTHERS


def _rewritten(kind: str, wait: str, begins: str = "", unless: str = "") -> Find:
    """Return what finds the relations of a kind that a statement gives another file.

    Takes the words with which it begins, or those with which it does not.
    """

    def rewritten(each: Effects) -> Iterator[Place]:
        tables = {one.oid for one in each.rewritten if one.kind in "rm"}
        changed = any(one.item.kind == "column" for one in each.differences)
        for relation in each.rewritten:
            is_said = bool(unless) and (changed or each.part.begins(unless))
            is_part = kind == "i" and relation.table in tables
            if relation.kind in kind and not is_said | is_part and each.part.begins(begins):
                table = each.statement.after.relations.get(relation.table, relation)
                yield str(table), table, wait

    return of_statements(rewritten)


TABLE_RULES = (
    Rule(
        "require-concurrent-index-creation",
        "$about is built without CONCURRENTLY.",
        of_differences("index", lambda each, new: Wait.BUILT if each.builds(new) else ""),
    ),
    Rule(
        "require-concurrent-index-deletion",
        "$about is dropped without CONCURRENTLY.",
        _indexes_dropped,
    ),
    Rule(
        "partition-attached",
        "A partition comes, and $about is read, which has no valid CHECK that says its bounds.",
        of_statements(_attached),
        recipe=attached,
    ),
    Rule(
        "require-concurrent-partition-detach",
        "$about is detached without CONCURRENTLY.",
        of_statements(_detached),
        recipe=concurrently,
    ),
    Rule(
        "truncate",
        "TRUNCATE empties $about: the rows are gone, and the running service misses them.",
        _rewritten("r", Wait.TRANSACTION, "TRUNCATE"),
    ),
    Rule(
        "vacuum-full",
        "VACUUM FULL rewrites $about.",
        _rewritten("rm", Wait.WRITTEN, "VACUUM"),
        recipe=without_full,
    ),
    Rule(
        "cluster",
        "CLUSTER rewrites $about.",
        _rewritten("rm", Wait.WRITTEN, "CLUSTER"),
        advice=NO_OTHER_WAY,
    ),
    Rule(
        "table-rewrite",
        "The statement rewrites $about.",
        _rewritten("r", Wait.WRITTEN, unless="CLUSTER|TRUNCATE|VACUUM"),
        advice=NO_OTHER_WAY,
    ),
    Rule(
        "refresh-without-concurrently",
        "$about is refreshed without CONCURRENTLY.",
        _rewritten("m", "while it is computed", unless="CLUSTER|VACUUM"),
        recipe=concurrently,
    ),
    Rule(
        "require-concurrent-reindex",
        "An index of $about is built again without CONCURRENTLY.",
        _rewritten("i", "while the index is built", unless="CLUSTER|REFRESH|TRUNCATE|VACUUM"),
        recipe=concurrently,
    ),
    Rule(
        "sequence-restarted",
        "Sequence $about starts again, and gives numbers that rows may have already.",
        _rewritten("S", "", r".*\bRESTART"),
    ),
)
