"""A revision as rules look at it, and a place where it breaks one."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from alembic_workflow.catalog.items import Difference, Item, compare
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recording import Recording, Statement
from alembic_workflow.lint.state import STRENGTHS, Relation
from alembic_workflow.replay.revision_source import Source


@dataclass(frozen=True)
class Revision:
    """A revision as rules look at it: its file, and what one direction of it did."""

    source: Source
    recording: Recording
    application: str
    """The package that it must not import."""
    is_downgrade: bool = False
    run_lines: frozenset[int] = frozenset()
    """The lines of the file that sent something, on empty tables or on tables with rows."""

    @cached_property
    def differences(self) -> list[Difference]:
        """The changes that it leaves in the catalog: as they were expected, and as found now."""
        return compare(self.recording.start, self.recording.end)

    @cached_property
    def body(self) -> list["Line"]:
        """The statements of the function that was run."""
        return [
            Line(lines, source, tuple(each for each in self.effects if each.line in lines))
            for lines, source in self.source.body("downgrade" if self.is_downgrade else "upgrade")
        ]

    @property
    def downgrade(self) -> tuple[str, ...]:
        """The statements that undo it."""
        return tuple(source for _, source in self.source.body("downgrade"))

    @cached_property
    def effects(self) -> list[Effects]:
        """The effects of each statement."""
        return [Effects(self.recording.used, each) for each in self.recording.statements]


class Line(NamedTuple):
    """A statement of the function that was run, and what it has sent."""

    lines: range
    source: str
    sent: tuple[Effects, ...]

    @property
    def is_alone(self) -> bool:
        """Whether it executes one statement and does nothing else."""
        return len(self.sent) == 1 and re.match(r"(?:\w+\.)+execute\(", self.source) is not None

    @property
    def changed(self) -> set[Item]:
        """The tables, or else the things, that are others after it in the catalog."""
        changed = (one.item for each in self.sent for one in each.differences)
        return {item.parent or item for item in changed}


class Wait:
    """For how long others wait for a lock, in kind."""

    READ = "while every row is read"
    WRITTEN = "while every row is written anew"
    BUILT = "while every row is read and the index is built"
    OTHERS = "while the statement waits for all that use it to end"
    TRANSACTION = "until the revision's transaction ends"


class Danger(NamedTuple):
    """A place where a revision breaks a rule."""

    line: int
    about: str = ""
    """The thing that it is about, such as "index ix_posts_title"."""
    table: Relation | None = None
    """The table that it holds a lock on, with the lock."""
    wait: str = ""
    """For how long others wait for it, in kind: "while every row is read"."""
    statement: Statement | None = None
    difference: Difference | None = None
    """The change of the catalog."""

    @property
    def lock(self) -> str:
        """The lock, as PostgreSQL's documentation names it, or nothing."""
        if self.table is None or self.table.lock < 0:
            return ""
        words = STRENGTHS[self.table.lock].removesuffix("Lock")
        return "".join(f" {each}" if each.isupper() else each.upper() for each in words).strip()

    @property
    def who_waits(self) -> str:
        """A sentence about the lock, or nothing."""
        if self.table is None or not self.wait:
            return ""
        can = "read or write" if self.table.is_exclusive or not self.lock else "write"
        how = f" ({self.lock} lock)" if self.lock else ""
        return f"Nobody else can {can} {self.table} {self.wait}{how}."
