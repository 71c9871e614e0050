"""Effects of a statement on the relations that the running service may use."""

from collections.abc import Collection, Iterator
from functools import cached_property

from alembic_workflow.catalog.items import Difference, compare
from alembic_workflow.lint.recording import Statement, Used
from alembic_workflow.lint.state import Relation


class Effects:
    """The effects of one statement."""

    def __init__(self, used: Used, statement: Statement) -> None:
        """Take what the service may use, and the statement."""
        self.statement, self.line, self.part = statement, statement.line, statement.part
        self.used, self._used = used, used.relations
        self._before, self._after = statement.before.relations, statement.after.relations
        self.held_before = statement.before.held(self._used)
        self.held = statement.after.held(self._used)

    @cached_property
    def differences(self) -> list[Difference]:
        """The changes of the catalog."""
        was, now = self.statement.was, self.statement.now
        return [] if was is now else compare(was, now)

    @property
    def lock(self) -> Relation | None:
        """The table on which it holds the strongest lock, of those that keep others from writing.

        Those that it has taken itself come first.
        """
        tables = [each for oid, each in self.held.items() if oid not in self.held_before]
        return max(tables or list(self.held.values()), key=lambda each: each.lock, default=None)

    def lock_on(self, tables: Collection[Relation]) -> Relation | None:
        """Return the lock on one of the tables; or if it holds none on them, the strongest."""
        own = (self.held[each.oid] for each in tables if each.oid in self.held)
        return max(own, key=lambda each: each.lock, default=self.lock)

    @property
    def locked(self) -> list[Relation]:
        """The relations in use on which it has taken a lock, or a stronger one."""
        return [after for before, after in self._kept() if after.lock > before.lock]

    @property
    def takes_lock(self) -> bool:
        """Whether it keeps others from writing to a table to which they could write before."""
        return bool(self.held.keys() - self.held_before.keys())

    @cached_property
    def scanned(self) -> list[Relation]:
        """The tables that it has read from end to end."""
        return [each for each in self._tables() if self._more(each, "scans")]

    @cached_property
    def written(self) -> list[Relation]:
        """The tables in which it has changed rows, or would have if there were any."""
        if self.differences or self.part.begins("LOCK"):
            return []
        tables = ((self._before[each.oid], each) for each in self._tables())
        return [
            each
            for was, each in tables
            if each.file == was.file
            if self._more(each, "changes") or each.is_written > was.is_written
        ]

    @property
    def rows_written(self) -> int:
        """The number of rows that it has changed."""
        return sum(each.changes - self._before[each.oid].changes for each in self.written)

    @property
    def reads_many(self) -> bool:
        """Whether it has read a table from end to end, or found several rows by an index."""
        indexes = (pair for pair in self._kept() if pair[1].kind == "i")
        return bool(self.scanned) or any(now.changes > was.changes + 1 for was, now in indexes)

    @property
    def looked_up(self) -> bool:
        """Whether it has found the rows that it changed, by an index or by reading all of them."""
        written = {each.oid for each in self.written}
        return bool(self.scanned) or any(
            each.kind == "i" and each.table in written and self._more(each, "scans")
            for each in self._after.values()
        )

    @property
    def rewritten(self) -> list[Relation]:
        """The tables, views, indexes and sequences that have got another file."""
        return [after for before, after in self._kept() if before.file != after.file]

    @property
    def built(self) -> list[Relation]:
        """The indexes that it has built while nobody could write to their tables."""
        files = {each.file for each in self._before.values()}  # ALTER TYPE can keep them
        return [
            each
            for oid, each in self._after.items()
            if each.kind == "i" and oid not in self._before and each.file not in files
            if each.table in self.held
        ]

    @property
    def dropped(self) -> list[Relation]:
        """The indexes that are gone, but for those whose file another one has now."""
        files = {each.file for each in self._after.values()}
        return [
            each
            for oid, each in self._before.items()
            if oid in self._used and oid not in self._after
            if each.kind == "i" and each.file not in files
        ]

    @property
    def moved(self) -> list[tuple[Relation, Relation]]:
        """The partitions that were attached or detached: before and after."""
        pairs = ((before, after) for before, after in self._kept() if after.kind in "rp")
        return [(before, after) for before, after in pairs if before.parent != after.parent]

    def table(self, difference: Difference) -> Relation | None:
        """Return the table in use that a difference is about, as it is afterwards."""
        item = difference.item
        name = (item.schema, item.table or item.name)
        return next((one for one in self._tables() if (one.schema, one.name) == name), None)

    def is_renamed(self, difference: Difference) -> bool:
        """Return whether the thing had, or has now, another name in the same table."""
        item, before, after = difference
        return any(
            each.item._replace(name="") == item._replace(name="")
            and (each.found, each.expected) == (before, after)
            for each in self.differences
        )

    def builds(self, difference: Difference) -> bool:
        """Return whether it builds a new index of a table in use while nobody can write to it."""
        return difference.expected is None and bool(self.table(difference) and self.built)

    def _kept(self) -> Iterator[tuple[Relation, Relation]]:
        for oid, each in self._after.items():
            if oid in self._used and oid in self._before:
                yield self._before[oid], each

    def _tables(self) -> Iterator[Relation]:
        return (each for _, each in self._kept() if each.kind in "rpmf")

    def _more(self, relation: Relation, counter: str) -> bool:
        """Return whether a counter has grown; outside a transaction, it says nothing."""
        before = self._before.get(relation.oid)
        if self.statement.alone or before is None:
            return False
        return bool(getattr(relation, counter) > getattr(before, counter))
