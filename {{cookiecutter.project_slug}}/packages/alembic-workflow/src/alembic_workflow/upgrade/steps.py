"""The revisions of a command that are still to run."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from alembic.runtime.migration import MigrationContext, MigrationStep

from alembic_workflow.database.adoption import reject_undoing_it
from alembic_workflow.database.connections import reset_settings
from alembic_workflow.operations.lock_retry import LockRetry


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
        while self._steps:
            self.current, self.started = self._steps[0].short_log, time.monotonic()
            yield self._steps[0]
            # Alembic asks for the next step once it has committed this one.
            self._steps.popleft()
            if migration.connection is not None:
                reset_settings(migration.connection)
            self.retry = LockRetry(self._seconds)
