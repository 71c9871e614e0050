"""Steps through a history, up and down."""

import ast
import inspect
import logging
import textwrap
import time
from pathlib import Path

from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import Script, ScriptDirectory

from alembic_workflow.database.looking import SECONDS_BETWEEN_LINES

# Not that of upgrades, which keeps quiet about scratch databases.
logger = logging.getLogger("alembic.replay")
SECONDS_BEFORE_LINES = 2


def up(script: ScriptDirectory, revision: Script) -> RevisionStep:
    """Return the step that applies the revision."""
    return MigrationStep.upgrade_from_script(script.revision_map, revision)


def down(script: ScriptDirectory, revision: Script) -> RevisionStep:
    """Return the step that undoes the revision."""
    return MigrationStep.downgrade_from_script(script.revision_map, revision)


def name_of(step: RevisionStep) -> str:
    """Return the name of the revision's file."""
    return Path(step.revision.path).name


def undoable(revisions: list[Script]) -> list[Script]:
    """Return the revisions, newest first, down to one that cannot be undone."""
    newest_first = revisions[::-1]
    irreversible = [n for n, each in enumerate(newest_first) if is_irreversible(each)]
    return newest_first[: irreversible[0]] if irreversible else newest_first


def is_irreversible(revision: Script) -> bool:
    """Return whether its downgrade only says that there is none: `raise NotImplementedError`."""
    source = textwrap.dedent(inspect.getsource(revision.module.downgrade))
    [function] = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    return any(
        isinstance(each, ast.Raise) and "NotImplementedError" in ast.unparse(each)
        for each in function.body
    )


class Progress:
    """Tells how far a replay is: after two seconds, and then now and then."""

    def __init__(self, total: int) -> None:
        """Take the number of revisions."""
        self._started = time.monotonic()
        self._next = self._started + SECONDS_BEFORE_LINES
        self._total = total
        self._names: dict[str, None] = {}

    def at(self, step: RevisionStep) -> None:
        """Take note of the step that is taken now."""
        self._names.pop(name_of(step), None)
        self._names[name_of(step)] = None

    def look(self) -> None:
        """Print a line if it is time for one."""
        now = time.monotonic()
        if self._names and now > self._next:
            self._next = now + SECONDS_BETWEEN_LINES
            logger.info(
                "... %s, %d of %d revisions: %.0f s",
                *(next(reversed(self._names)), len(self._names), self._total, now - self._started),
            )
