"""Runs what a revision sends statement by statement, and looks before and after each."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from sqlalchemy import Connection, event

from alembic_workflow.catalog.items import Catalog
from alembic_workflow.lint.everything import read_everything
from alembic_workflow.lint.recording import Failure, Recording, Statement, Used
from alembic_workflow.lint.state import State, read_state
from alembic_workflow.sql.text import Part, parts

# It cannot run inside a transaction; or it ends one, as some procedures do.
_RUNS_ALONE = ("25001", "2D000")
_BATCHES = "alembic_workflow.operations.backfill"


class Recorder:
    """Runs the statements that a file sends through a connection, and looks before and after."""

    def __init__(self, connection: Connection, version_table: str) -> None:
        """Take a connection through psycopg2 to a scratch database."""
        self._connection = connection
        self._version_table = version_table
        self._recording: Recording | None = None
        for name in ("do_execute", "do_executemany", "do_execute_no_params"):
            event.listen(connection.engine, name, getattr(self, f"_{name}"))

    @contextmanager
    def recording(self, path: Path, used: Used) -> Iterator[Recording]:
        """Record what the file sends meanwhile."""
        start = self._catalog()
        self._connection.commit()
        self._recording = recording = Recording(path.resolve(), used, start, start)
        try:
            yield recording
        finally:
            self._recording = None

    def used(self) -> Used:
        """Return what is there now."""
        used = Used(frozenset(self._state().relations), frozenset(self._catalog()))
        self._connection.commit()
        return used

    def _state(self) -> State:
        return read_state(self._raw, self._version_table)

    def _catalog(self) -> Catalog:
        return read_everything(self._connection, self._version_table)

    @property
    def _raw(self) -> Any:
        return self._connection.connection.dbapi_connection

    def _do_execute(self, cursor: Any, sql: str, parameters: Any, context: Any) -> bool:
        return self._run(cursor, sql, parameters, lambda text: cursor.execute(text, parameters))

    def _do_executemany(self, cursor: Any, sql: str, parameters: Any, context: Any) -> bool:
        send = context.dialect.do_executemany
        rest = (parameters, context)
        return self._run(cursor, sql, parameters[0], lambda text: send(cursor, text, *rest))

    def _do_execute_no_params(self, cursor: Any, sql: str, context: Any) -> bool:
        return self._run(cursor, sql, None, cursor.execute)

    def _run(self, cursor: Any, text: str, values: Any, send: Callable[[str], object]) -> bool:
        """Run a text statement by statement if the file sends it; return whether it does."""
        # What looks at the database meanwhile is not recorded.
        recording, self._recording = self._recording, None
        try:
            line, is_batch = _origin(recording.path, sys._getframe(1)) if recording else (0, False)
            if recording is None or not line:
                return False
            sql = text if values is None else cursor.mogrify(text, values).decode(errors="replace")
            whole = [(text, next(parts(sql), Part(sql, "")))]
            given = whole if values else [(part.text, part) for part in parts(text)] or whole
            run = partial(self._run_each, recording, line, is_batch, given, send)
            if self._raw.autocommit and self._is_idle:
                self._run_by_itself(recording, run)
            else:
                run()
        finally:
            self._recording = recording
        return True

    def _run_by_itself(self, recording: Recording, run: Callable[[], None]) -> None:
        """Run in a transaction, so that the locks can be seen; or without, if it must be so."""
        count = len(recording.statements)
        self._raw.cursor().execute("BEGIN")
        try:
            run()
            self._raw.cursor().execute("COMMIT")
        except psycopg2.Error as error:
            self._raw.cursor().execute("ROLLBACK")
            if error.pgcode not in _RUNS_ALONE:
                raise
            del recording.statements[count:]
            recording.failure = None
            run()

    def _run_each(
        self,
        recording: Recording,
        line: int,
        is_batch: bool,
        given: Sequence[tuple[str, Part]],
        send: Callable[[str], object],
    ) -> None:
        for text, part in given:
            autocommit, begun = bool(self._raw.autocommit), not self._is_idle
            before, was = self._state(), recording.end
            try:
                send(text)
            except psycopg2.Error as error:
                recording.failure = Failure(part, line, error)
                raise
            idle, after = self._is_idle, self._state()
            # A savepoint takes back what the counter goes on counting.
            is_same = before.catalog_changes == after.catalog_changes
            if idle or not is_same or part.begins("ROLLBACK"):
                recording.end = self._catalog()
            ended = idle or before.transaction not in (None, after.transaction)
            effects = (before, after, was, recording.end, ended and begun and not autocommit, idle)
            recording.statements.append(Statement(part, line, autocommit, is_batch, *effects))

    @property
    def _is_idle(self) -> bool:
        return bool(self._raw.info.transaction_status == TRANSACTION_STATUS_IDLE)


def _origin(file: Path, frame: FrameType | None) -> tuple[int, bool]:
    """Return the line that the innermost of the file's frames is at, or 0; and if it backfills."""
    is_batch = False
    while frame is not None:
        is_batch = is_batch or frame.f_globals.get("__name__") == _BATCHES
        code = Path(frame.f_code.co_filename)
        # Resolving each frame's path would take longer than the statement.
        if code.name == file.name and code.resolve() == file:
            return frame.f_lineno, is_batch
        frame = frame.f_back
    return 0, False
