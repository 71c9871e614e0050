"""A recording of what each statement of a revision does to the database in which it runs."""

from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import psycopg2

from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.lint.state import State
from alembic_workflow.sql.text import Part

_BATCHES = "alembic_workflow.operations.backfill"


class Used(NamedTuple):
    """The things that the running service may use: those before the revisions that are new."""

    relations: frozenset[int]
    items: frozenset[Item]


class Statement(NamedTuple):
    """One statement of SQL, and the database before and after it."""

    part: Part
    line: int
    """Of the operation, in the revision's file."""
    autocommit: bool
    """Whether it ran by itself, outside the revision's transaction."""
    is_batch: bool
    """Whether it is one batch of this package's `backfill`."""
    before: State
    after: State
    was: Catalog
    now: Catalog
    ended: bool
    """Whether it ended the revision's transaction."""
    alone: bool
    """Whether it ran in no transaction that others could have looked into."""


class Way(NamedTuple):
    """A revision and a direction."""

    path: Path
    is_downgrade: bool


class Failure(NamedTuple):
    """The statement at which a revision stopped."""

    part: Part
    line: int
    error: psycopg2.Error


@dataclass
class Recording:
    """The statements of one direction of a revision and their effects, in order."""

    path: Path
    used: Used
    start: Catalog
    end: Catalog
    statements: list[Statement] = field(default_factory=list)
    failure: Failure | None = None
    is_partial: bool = False
    """Whether it stopped for the rows in the tables; on empty tables, there is another one."""

    def origin(self, frame: FrameType | None) -> tuple[int, bool]:
        """Return the line that the innermost of the file's frames is at, or 0; and if it backfills.

        Takes the frame that sends something.
        """
        is_batch = False
        while frame is not None:
            is_batch = is_batch or frame.f_globals.get("__name__") == _BATCHES
            code = Path(frame.f_code.co_filename)
            # Resolving each frame's path would take longer than the statement.
            if code.name == self.path.name and code.resolve() == self.path:
                return frame.f_lineno, is_batch
            frame = frame.f_back
        return 0, False
