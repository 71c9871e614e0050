"""Effects of a statement on the relations that the running service may use."""

from collections.abc import Iterator

from alembic_workflow.catalog.items import Difference, compare
from alembic_workflow.lint.recording import Recording, Statement
from alembic_workflow.lint.state import BLOCKS_READS, Relation

WHILE_READ = "while every row is read"
WHILE_WRITTEN = "while every row is written anew"
WHILE_BUILT = "while every row is read and the index is built"
UNTIL_END = "until the revision's transaction ends"


class Effects:
    """The effects of one statement."""

    def __init__(self, recording: Recording, statement: Statement) -> None:
        """Take the statement, and the recording that it is part of."""
        self.statement = statement
        self.line = statement.line
        self._used = recording.used.relations
        self._before, self._after = statement.before.relations, statement.after.relations
        self.differences = compare(statement.was, statement.now)
        self.held_before = statement.before.held(self._used)
        self.held = statement.after.held(self._used)

    @property
    def lock(self) -> Relation | None:
        """The table on which it holds the strongest lock, of those that keep others from writing.

        Those that it has taken itself come first.
        """
        tables = [each for oid, each in self.held.items() if oid not in self.held_before]
        return max(tables or list(self.held.values()), key=lambda each: each.lock, default=None)

    @property
    def scanned(self) -> list[Relation]:
        """The tables that it has read from end to end."""
        return [each for each in self._tables() if self._more(each, "scans")]

    @property
    def written(self) -> list[Relation]:
        """The tables in which it has changed rows, or would have if there were any."""
        return [
            each
            for each in self._tables()
            if each.file == self._before[each.oid].file and self._is_dml
            if self._more(each, "changes")
            or (each.is_written and not self._before[each.oid].is_written)
        ]

    @property
    def looked_up(self) -> bool:
        """Whether it has found the rows that it changed, by an index or by reading all of them."""
        written = {each.oid for each in self.written}
        return bool(self.scanned) or any(
            each.kind == "i" and each.table in written and self._more(each, "scans")
            for each in self._after.values()
        )

    @property
    def changes_all(self) -> list[Relation]:
        """The tables in which it has changed rows that it found by reading all."""
        scanned = {each.oid for each in self.scanned}
        return [each for each in self.written if each.oid in scanned]

    @property
    def rewritten(self) -> list[Relation]:
        """The tables, views, indexes and sequences that have got another file."""
        return [
            each
            for oid, each in self._after.items()
            if oid in self._used and oid in self._before and self._before[oid].file != each.file
        ]

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
        return [
            (self._before[oid], each)
            for oid, each in self._after.items()
            if oid in self._used
            and oid in self._before
            and self._before[oid].parent != each.parent
            and each.kind in "rp"
        ]

    def table(self, difference: Difference) -> Relation | None:
        """Return the table in use that a difference is about, as it is afterwards."""
        item = difference.item
        name = (item.schema, item.table or item.name)
        found = (each for each in self._tables() if (each.schema, each.name) == name)
        return next(found, None)

    def is_renamed(self, difference: Difference) -> bool:
        """Return whether the thing had, or has now, another name in the same table."""
        item, before, after = difference
        return any(
            each.item._replace(name="") == item._replace(name="")
            and (each.found, each.expected) == (before, after)
            for each in self.differences
        )

    def relation(self, oid: int | None) -> Relation | None:
        """Return the relation as it is afterwards."""
        return self._after.get(oid or 0)

    def _tables(self) -> Iterator[Relation]:
        for oid, each in self._after.items():
            if oid in self._used and oid in self._before and each.kind in "rpmf":
                yield each

    def _more(self, relation: Relation, counter: str) -> bool:
        """Return whether a counter has grown; outside a transaction, it says nothing."""
        before = self._before.get(relation.oid)
        if self.statement.alone or before is None:
            return False
        return bool(getattr(relation, counter) > getattr(before, counter))

    @property
    def _is_dml(self) -> bool:
        return not self.differences and not self.statement.part.begins("LOCK")


def effects(recording: Recording) -> Iterator[Effects]:
    """Yield the effects of each statement."""
    for statement in recording.statements:
        yield Effects(recording, statement)


def is_exclusive(relation: Relation) -> bool:
    """Return whether nobody else can even read it."""
    return relation.lock >= BLOCKS_READS
