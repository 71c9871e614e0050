"""Progress reports of a step that takes long."""

import logging
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger("alembic.workflow")
SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_LINES = 5

_BLOCKERS = """
SELECT string_agg('process ' || pid || concat(' (', concat_ws(', ', nullif(application_name, ''),
    state || ' for ' || date_trunc('second', clock_timestamp() - xact_start)), ')'), ', ')
FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids(%s))
"""
_INDEX = """
SELECT phase || CASE WHEN blocks_total > 0 THEN ', ' || 100 * blocks_done / blocks_total || ' %%'
  ELSE '' END FROM pg_stat_progress_create_index WHERE pid = %s
"""


class Step(Protocol):
    """The step that the migration is at."""

    current: str
    """Its name."""
    started: float
    """When it began, by the monotonic clock."""


class Watch:
    """Looks, from another connection, at what a migration waits for, and prints it now and then."""

    def __init__(self, migrating: Connection, observer: Connection, step: Step) -> None:
        """Take the connection that migrates, and one in autocommit that nobody else uses now."""
        self._pid = migrating.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        migrating.rollback()
        self._observer = observer
        self._step = step
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.blockers = ""
        """A sentence that names who held what the migration last waited for."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        reported = time.monotonic()
        with suppress(SQLAlchemyError):  # the migration itself tells that the server is gone
            while not self._done.wait(SECONDS_BETWEEN_LOOKS):
                now, started = time.monotonic(), self._step.started
                if blockers := self._ask(_BLOCKERS):
                    self.blockers = f"It is held by {blockers}."
                if now - max(reported, started) > SECONDS_BETWEEN_LINES:
                    reported = now
                    doing = f"waits for {blockers}" if blockers else self._ask(_INDEX)
                    logger.info(
                        "... %s: %.0f s%s",
                        *(self._step.current, now - started, f", {doing}" if doing else ""),
                    )

    def _ask(self, query: str) -> Any:
        return self._observer.exec_driver_sql(query, (self._pid,)).scalar()
