"""Runs what a revision sends statement by statement, and looks before and after each."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
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


Given = Sequence[tuple[Part, Callable[[], object]]]
"""Statements, and what sends them."""


class Recorder:
    """Runs the statements that a file sends through a connection, and looks before and after."""

    def __init__(self, connection: Connection, version_table: str) -> None:
        """Take a connection through psycopg2 to a scratch database."""
        self._connection = connection
        self._version_table = version_table
        self._recording: Recording | None = None
        self._catalog: Catalog | None = None
        self._state: State | None = None
        """The state after the last statement, while its transaction goes on."""
        for name in ("do_execute", "do_executemany", "do_execute_no_params"):
            event.listen(connection.engine, name, partial(self._run, name))

    @contextmanager
    def recording(self, path: Path, used: Used) -> Iterator[Recording]:
        """Record what the file sends meanwhile."""
        start, self._state = self.catalog(), None
        self._recording = recording = Recording(path.resolve(), used, start, start)
        try:
            yield recording
        finally:
            self._recording = None

    def used(self) -> Used:
        """Return what is there now."""
        state = self._look()
        self._connection.commit()
        return Used(frozenset(state.relations), frozenset(self.catalog()))

    def catalog(self) -> Catalog:
        """Return what there is between revisions; what was read last, if it has not changed."""
        if self._catalog is None:
            self._catalog = read_everything(self._connection, self._version_table)
            self._connection.commit()
        return self._catalog

    def forget(self) -> None:
        """Take note that something has changed that was not recorded."""
        self._catalog = None

    @property
    def _raw(self) -> Any:
        return self._connection.connection.dbapi_connection

    def _run(self, how: str, cursor: Any, text: str, *rest: Any) -> bool:
        """Run a text statement by statement if the file sends it; return whether it does.

        Takes the name of SQLAlchemy's event, and what that hands over.
        """
        *parameters, context = rest
        values: Any = parameters[0] if parameters else None
        if how == "do_executemany":
            values = values[0]
        # What looks at the database meanwhile is not recorded.
        recording, self._recording = self._recording, None
        if recording is None:
            return False
        try:
            line, is_batch = recording.origin(sys._getframe(1))
            if not line:
                self._state = None
                return False
            texts = [text] if values else [part.text for part in parts(text)] or [text]
            send = partial(getattr(context.dialect, how), cursor)
            given = [(_part(cursor, one, values), partial(send, one, *rest)) for one in texts]
            run = partial(self._run_each, recording, line, is_batch, given)
            if self._raw.autocommit and self._is_idle:
                self._run_by_itself(recording, run)
            else:
                run()
        finally:
            self._recording = recording
        return True

    def _run_by_itself(self, recording: Recording, run: Callable[[], None]) -> None:
        """Run in a transaction, so that the locks can be seen; or without, if it must be so."""
        count, self._state = len(recording.statements), None
        self._raw.cursor().execute("BEGIN")
        try:
            run()
            self._raw.cursor().execute("COMMIT")
        except psycopg2.Error as error:
            self._raw.cursor().execute("ROLLBACK")
            if error.pgcode not in _RUNS_ALONE:
                raise
            del recording.statements[count:]
            recording.failure, self._state = None, None
            run()

    def _run_each(self, recording: Recording, line: int, is_batch: bool, given: Given) -> None:
        for part, send in given:
            autocommit, begun = bool(self._raw.autocommit), not self._is_idle
            before = self._state if begun and self._state else self._look()
            was, self._state = recording.end, None
            try:
                send()
            except psycopg2.Error as error:
                recording.failure = Failure(part, line, error)
                raise
            idle, after = self._is_idle, self._look()
            self._state = None if idle else after
            # A savepoint takes back what the counter goes on counting.
            is_same = before.catalog_changes == after.catalog_changes
            if idle or not is_same or part.begins("ROLLBACK"):
                recording.end = read_everything(self._connection, self._version_table)
                self._catalog = recording.end
            ended = idle or before.transaction not in (None, after.transaction)
            effects = (before, after, was, recording.end, ended and begun and not autocommit, idle)
            recording.statements.append(Statement(part, line, autocommit, is_batch, *effects))

    def _look(self) -> State:
        return read_state(self._raw, self._version_table)

    @property
    def _is_idle(self) -> bool:
        return bool(self._raw.info.transaction_status == TRANSACTION_STATUS_IDLE)


def _part(cursor: Any, text: str, values: Any) -> Part:
    """Return a statement with literal values in place of parameters."""
    sql = text if values is None else cursor.mogrify(text, values).decode(errors="replace")
    return next(parts(sql), Part(sql, ""))
