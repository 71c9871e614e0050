"""Runs what a revision sends statement by statement, and looks before and after each."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

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
        for name, receive in (
            ("do_execute", self._execute),
            ("do_executemany", self._execute_many),
            ("do_execute_no_params", self._execute_as_it_is),
        ):
            event.listen(connection.engine, name, receive)

    @contextmanager
    def recording(self, path: Path, used: Used) -> Iterator[Recording]:
        """Record what the file sends meanwhile."""
        start = self._catalog()
        self._connection.commit()
        self._recording = recording = Recording(path.resolve(), used, start, start)
        try:
            yield recording
        finally:
            if self._recording is recording:
                self._recording = None

    def used(self) -> Used:
        """Return what is there now."""
        used = Used(frozenset(self._state().relations), frozenset(self._catalog()))
        self._connection.commit()
        return used

    def _state(self) -> State:
        with self._raw.cursor() as cursor:
            return read_state(cursor, self._version_table)

    def _catalog(self) -> Catalog:
        return read_everything(self._connection, self._version_table)

    @property
    def _raw(self) -> Any:
        return self._connection.connection.dbapi_connection

    def _execute(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        return self._run(cursor, statement, parameters, lambda sql: cursor.execute(sql, parameters))

    def _execute_many(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        def run(sql: str) -> object:
            return context.dialect.do_executemany(cursor, sql, parameters, context)

        return self._run(cursor, statement, parameters[0], run)

    def _execute_as_it_is(self, cursor: Any, statement: str, context: Any) -> bool:
        return self._run(cursor, statement, None, cursor.execute)

    def _run(self, cursor: Any, text: str, parameters: Any, send: Callable[[str], object]) -> bool:
        """Run a text statement by statement if the file sends it; return whether it does."""
        # What looks at the database meanwhile is not recorded.
        recording, self._recording = self._recording, None
        try:
            line, is_batch = _origin(recording.path, sys._getframe(1)) if recording else (0, False)
            if recording is None or not line:
                return False
            texts = [text] if parameters else [part.text for part in parts(text)] or [text]
            sending = _Sending(recording, line, is_batch, cursor, parameters, send)
            if self._raw.autocommit and self._is_idle:
                self._run_by_itself(sending, texts)
            else:
                self._run_each(sending, texts)
        finally:
            self._recording = recording
        return True

    def _run_by_itself(self, sending: "_Sending", texts: Sequence[str]) -> None:
        """Run in a transaction, so that the locks can be seen; or without, if it must be so."""
        count = len(sending.recording.statements)
        self._send("BEGIN")
        try:
            self._run_each(sending, texts)
            self._send("COMMIT")
        except psycopg2.Error as error:
            self._send("ROLLBACK")
            if error.pgcode not in _RUNS_ALONE:
                raise
            del sending.recording.statements[count:]
            sending.recording.failure = None
            self._run_each(sending, texts)

    def _run_each(self, sending: "_Sending", texts: Sequence[str]) -> None:
        recording = sending.recording
        for text in texts:
            part, autocommit = sending.part(text), bool(self._raw.autocommit)
            before, was, begun = self._state(), recording.end, not self._is_idle
            try:
                sending.send(text)
            except psycopg2.Error as error:
                recording.failure = Failure(part, sending.line, error)
                raise
            idle, after = self._is_idle, self._state()
            recording.end = self._catalog()
            ended = idle or before.transaction not in (None, after.transaction)
            recording.statements.append(
                Statement(
                    *(part, sending.line, autocommit, sending.is_batch),
                    *(before, after, was, recording.end),
                    ended=ended and begun and not autocommit,
                    alone=idle,
                )
            )

    @property
    def _is_idle(self) -> bool:
        return bool(self._raw.info.transaction_status == TRANSACTION_STATUS_IDLE)

    def _send(self, sql: str) -> None:
        with self._raw.cursor() as cursor:
            cursor.execute(sql)


class _Sending(NamedTuple):
    """A text that a file sends, and the way to send it."""

    recording: Recording
    line: int
    is_batch: bool
    cursor: Any
    parameters: Any
    send: Callable[[str], object]

    def part(self, text: str) -> Part:
        """Return a statement of it, with literal values in place of parameters."""
        sql = text
        if self.parameters is not None:
            sql = self.cursor.mogrify(text, self.parameters).decode("utf-8", "replace")
        return next(parts(sql), Part(sql, ""))


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
