"""The revisions of a command that are still to run."""

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import Script
from alembic.util import CommandError

from alembic_workflow.database.adoption import reject_undoing_it
from alembic_workflow.database.connections import reset_settings
from alembic_workflow.operations.lock_retry import LockRetry
from alembic_workflow.replay.heads import reject_long_ids
from alembic_workflow.replay.revision_source import Source

logger = logging.getLogger("alembic.workflow")


class RemainingSteps:
    """The revisions that the command runs, of which each is given out until it is committed."""

    def __init__(self, command: Any, retry_seconds: float) -> None:
        """Take the function of Alembic's command that names the steps, and seconds to retry one.

        Each revision has them for itself: those before it may take long.
        """
        self._command = command
        self._seconds = retry_seconds
        self._steps: deque[MigrationStep] | None = None
        self.retry = LockRetry(retry_seconds)
        self.current = "The command"
        self.started = time.monotonic()

    def __call__(self, heads: Any, migration: MigrationContext) -> Iterator[MigrationStep]:
        """Yield the steps that are not committed yet; what Alembic calls `fn`."""
        if self._steps is None:
            named: Iterable[MigrationStep] = self._command(heads, migration)
            self._steps = deque(named)
            reject_undoing_it(migration, self._steps)
            upgrades = [each.revision for each in self._steps if _is_upgrade(each)]
            reject_long_ids(upgrades)
            reject_notes(upgrades)
        while self._steps:
            self.current, self.started = self._steps[0].short_log, time.monotonic()
            yield self._steps[0]
            # Alembic asks for the next step once it has committed this one.
            self._steps.popleft()
            if migration.connection is not None:
                reset_settings(migration.connection)
            self.retry = LockRetry(self._seconds)


def _is_upgrade(step: MigrationStep) -> TypeGuard[RevisionStep]:
    return isinstance(step, RevisionStep) and step.is_upgrade


def reject_notes(revisions: Iterable[Script]) -> None:
    """Raise CommandError if a revision to apply is nothing but a note; tell of other notes."""
    for revision in revisions:
        path = Path(revision.path)
        source = Source(path)
        if source.unwritten and source.is_empty("upgrade"):
            raise CommandError(
                f"{path.name} is still to be written by hand: {source.unwritten[0]} Nothing was "
                "run. Write its upgrade(), and delete the comment."
            )
        for text in source.unwritten:
            logger.warning("%s: left to write by hand: %s", path.name, text)
