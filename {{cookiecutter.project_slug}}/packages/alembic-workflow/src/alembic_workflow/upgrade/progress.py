"""Progress reports of a step that takes long."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection

from alembic_workflow.database.looking import SECONDS_BETWEEN_LINES, looking

logger = logging.getLogger("alembic.workflow")

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
        self._reported = time.monotonic()
        self.blockers = ""
        """A sentence that names who held what the migration last waited for."""

    def look(self) -> None:
        """See who holds what the migration waits for, and print a line if it is time for one."""
        now, started = time.monotonic(), self._step.started
        if blockers := self._ask(_BLOCKERS):
            self.blockers = f"It is held by {blockers}."
        if now - max(self._reported, started) > SECONDS_BETWEEN_LINES:
            self._reported = now
            doing = f"waits for {blockers}" if blockers else self._ask(_INDEX)
            logger.info(
                "... %s: %.0f s%s",
                *(self._step.current, now - started, f", {doing}" if doing else ""),
            )

    def _ask(self, query: str) -> Any:
        return self._observer.exec_driver_sql(query, (self._pid,)).scalar()


@contextmanager
def watching(migrating: Connection, observer: Connection, step: Step) -> Iterator[Watch]:
    """Yield what looks at the migration meanwhile; see `Watch`."""
    watch = Watch(migrating, observer, step)
    with looking(watch.look):
        yield watch
