"""What a long step is doing, and how to end it."""

import logging
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

import psycopg2
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger("alembic.workflow")
# As `kill` sends it, and a terminal that is closed; Windows lacks the second.
ENDING = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
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
    """What the migration is at."""

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


def as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Call whoever handles Ctrl-C at the moment; a process in the background may ignore it."""
    handler = signal.getsignal(signal.SIGINT)
    (handler if callable(handler) else signal.default_int_handler)(signal.SIGINT, frame)


@contextmanager
def cancelled_by_signals(connection: Connection) -> Iterator[None]:
    """Cancel the running statement when Ctrl-C or SIGTERM arrives, and then do as Ctrl-C does.

    Python handles a signal between two of its own instructions, so not before a statement is done;
    the byte that C's handler writes to the wake-up socket comes at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    wakeup = signal.set_wakeup_fd(writer.fileno())
    terminate = signal.signal(signal.SIGTERM, as_ctrl_c)
    raw: Any = connection.connection.dbapi_connection

    def wait() -> None:
        while number := reader.recv(1):
            if number[0] in (signal.SIGINT, *ENDING):
                with suppress(psycopg2.Error):  # closed, or the server is gone
                    raw.cancel()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, terminate)
        signal.set_wakeup_fd(wakeup)
        writer.close()
        thread.join()
        reader.close()
