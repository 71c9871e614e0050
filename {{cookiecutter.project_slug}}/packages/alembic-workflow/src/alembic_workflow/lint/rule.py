"""A rule of the linter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from alembic_workflow.catalog.items import Difference
from alembic_workflow.lint.recording import Recording, Statement
from alembic_workflow.lint.state import BLOCKS_READS, STRENGTHS, Relation
from alembic_workflow.replay.revision_source import Source

KEEP = """\
# Deploy a release that does without it. Then keep what you wrote, and add:
lint_ignore = {"$code": "nothing that runs relies on it any more"}"""
NO_OTHER_WAY = """\
# PostgreSQL has no way without the lock. If it is held for a moment only, or while the service is
# stopped, add:
lint_ignore = {"$code": "the table is small"}"""


class Revision(NamedTuple):
    """A revision as rules look at it: its file, and what one direction of it did."""

    source: Source
    recording: Recording
    application: str
    """The package that it must not import."""
    is_downgrade: bool = False
    run_lines: frozenset[int] = frozenset()
    """The lines of the file that sent something, on empty tables or on tables with rows."""


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
    """How the catalog changes."""

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
        can = "read or write" if self.table.lock >= BLOCKS_READS or not self.lock else "write"
        how = f" ({self.lock} lock)" if self.lock else ""
        return f"Nobody else can {can} {self.table} {self.wait}{how}."


@dataclass(frozen=True)
class Rule:
    """Something that a revision should not do; to add one, add it to a module of `rules/`."""

    code: str
    """The name that `lint_ignore` uses."""
    reason: str
    """The harm, with $about for what it is about."""
    find: Callable[[Revision], Iterator[Danger]]
    """Yields where a revision breaks it."""
    advice: str = KEEP
    """The safe form in words, where `recipes.py` has no steps for it."""
    is_remark: bool = False
    """Whether it is only to be known: the command does not fail for it."""
