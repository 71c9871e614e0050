"""The revisions that this code knows, and those that a database has applied."""

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app import VERSION_TABLE

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@dataclass(frozen=True)
class CodeRevisions:
    """The revisions in the code."""

    every: frozenset[str]
    heads: frozenset[str]
    """Those that no other follows or depends on: with them applied, all are."""

    @classmethod
    def read(cls, folder: Path = MIGRATIONS) -> Self:
        """Load every revision below the folder, once; they are not kept."""
        # Not above: no request needs Alembic, and a tenth of the time to start would go to it.
        from alembic.script import ScriptDirectory

        script = ScriptDirectory(str(folder))
        revisions = list(script.walk_revisions())
        dependencies = {
            needed.revision
            for revision in revisions
            if revision.dependencies
            for needed in script.get_revisions(revision.dependencies)
            if needed is not None
        }
        return cls(
            every=frozenset(revision.revision for revision in revisions),
            heads=frozenset(script.get_heads()) - dependencies,
        )

    def problem_with(self, applied: Set[str] | None, *, accept_unknown: bool = False) -> str | None:
        """Return why a database does not fit this code and what to do, or None if it does.

        Takes the rows of its version table, or None if it has no such table, and whether one that
        is not of this code will do.
        """
        upgrade = f"run 'alembic upgrade {'heads' if len(self.heads) > 1 else 'head'}'."
        if applied is None and self.heads:
            return (
                f"The database has no version table {VERSION_TABLE}: no revision was ever applied; "
                f"{upgrade}"
            )
        if unknown := (applied or set()) - self.every:
            if accept_unknown:
                return None
            return (
                f"The database is ahead, or of another branch: it is at {_named(unknown)}, which "
                "this code does not know; deploy the code that does."
            )
        if missing := self.heads - (applied or set()):
            return f"The database is behind: it lacks {_named(missing)} of this code; {upgrade}"
        return None


def _named(revisions: Set[str]) -> str:
    names = " and ".join(sorted(revisions))
    return f"revision {names}" if len(revisions) == 1 else f"revisions {names}"
