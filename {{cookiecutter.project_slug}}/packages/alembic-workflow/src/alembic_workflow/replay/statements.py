"""Records what a revision sends to the database, and where in its file."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from sqlalchemy import Connection, event


class Statement(NamedTuple):
    """The text that one operation sent; it can be several statements of SQL in one text."""

    sql: str
    """With literal values in place of parameters."""
    line: int
    """Of the operation, in the revision's file."""
    autocommit: bool = False
    """Whether it ran by itself, outside the revision's transaction."""


@contextmanager
def recorded_statements(connection: Connection, path: Path) -> Iterator[list[Statement]]:
    """Yield a list to which each statement is added that the file sends through the connection.

    Takes a connection through psycopg2. Statements that did not come from the file, such as those
    for Alembic's own table, are left out. Of a statement that is sent for many rows at once, the
    first is recorded. A statement that fails is recorded, too; its error is not handled here.
    """
    statements: list[Statement] = []
    file = path.resolve()

    def record(
        connection: Connection,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        if (line := _line_in(file, sys._getframe(1))) is None:
            return
        sql = statement
        if parameters or not _is_sent_as_it_is(context):
            sql = _filled_in(cursor, statement, parameters)
        statements.append(Statement(sql, line, bool(cursor.connection.autocommit)))

    event.listen(connection, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(connection, "before_cursor_execute", record)


def _line_in(file: Path, frame: FrameType | None) -> int | None:
    """Return the line that the innermost of the file's frames is at, if there is one."""
    while frame is not None:
        code = Path(frame.f_code.co_filename)
        # Resolving each frame's path would take longer than the statement.
        if code.name == file.name and code.resolve() == file:
            return frame.f_lineno
        frame = frame.f_back
    return None


def _is_sent_as_it_is(context: Any) -> bool:
    return context is not None and bool(context.execution_options.get("no_parameters"))


def _filled_in(
    cursor: Any, statement: str, parameters: Sequence[Any] | Mapping[str, Any] | None
) -> str:
    if isinstance(parameters, list):
        parameters = parameters[0] if parameters else None
    filled: bytes = cursor.mogrify(statement, parameters)
    return filled.decode("utf-8", "replace")
