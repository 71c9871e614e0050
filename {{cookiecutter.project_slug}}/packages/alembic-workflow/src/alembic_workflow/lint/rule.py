"""A rule of the linter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alembic_workflow.replay.revision_source import Source
from alembic_workflow.replay.statements import Statement
from alembic_workflow.sql.text import Part, parts


class Located(NamedTuple):
    """One statement of SQL, and where it stands."""

    statement: Statement
    part: Part
    created: frozenset[str]
    """The tables and materialized views that exist since this revision: nobody uses them."""

    @property
    def is_about_new_tables(self) -> bool:
        """Return whether it is about tables that nobody uses yet, and no others."""
        return bool(self.part.tables) and self.part.tables <= self.created


class Revision(NamedTuple):
    """A revision as rules look at it."""

    source: Source
    statements: Sequence[Located]
    application: str
    """The package that it must not import."""


class Place(NamedTuple):
    """A place where a revision breaks a rule."""

    line: int
    sql: str = ""
    """The statement that it is about, if it is about one."""
    fragment: str = ""
    """The clause of it."""


def _found_elsewhere(revision: Revision) -> Iterator[Place]:
    return iter(())


@dataclass(frozen=True)
class Rule:
    """Something that a revision should not do; to add one, add it to one of the modules of rules.

    In the recipe, a number begins what belongs in one revision's `upgrade`, `lint_ignore` belongs
    on the level of the module, and `recipe_values.py` fills in what begins with a dollar sign.
    """

    code: str
    """The name that `lint_ignore` uses."""
    reason: str
    """The harm: who waits or breaks, and why."""
    recipe: str
    """The safe way, ready to paste."""
    find: Callable[[Revision], Iterator[Place]] = _found_elsewhere
    """Yields where a revision breaks it; by default squawk, or the linter itself, finds that."""
    clause: str = ""
    """A pattern that the clause has to match, if the rule has another recipe otherwise."""


def locate(statements: Sequence[Statement]) -> Iterator[Located]:
    """Yield each statement of SQL in what the operations sent."""
    created: frozenset[str] = frozenset()
    for statement in statements:
        for part in parts(statement.sql):
            if not part.has("IF NOT EXISTS"):
                created |= part.created
            yield Located(statement, part, created)
