"""Retries of a statement that waits for a lock, with growing pauses."""

import random
import time

from sqlalchemy.exc import DBAPIError

from alembic_workflow.database.connections import LOCK_RETRY_SECONDS

LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED = "55P03", "40P01"
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 10.0


def waits_for_a_lock(error: DBAPIError) -> bool:
    """Return whether the statement failed because another session was in its way."""
    return getattr(error.orig, "pgcode", None) in (LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED)


class LockRetry:
    """Pauses that grow and differ from process to process, until time is up."""

    def __init__(self, seconds: float = LOCK_RETRY_SECONDS) -> None:
        """Take for how long to try, from the first failure on."""
        self._seconds = seconds
        self._deadline: float | None = None
        self._pause = SHORTEST_PAUSE

    def next_pause(self) -> float | None:
        """Return how many seconds to wait before the next attempt, or None if time is up."""
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + self._seconds
        pause = self._pause * random.uniform(0.5, 1)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return pause if now + pause <= self._deadline else None
