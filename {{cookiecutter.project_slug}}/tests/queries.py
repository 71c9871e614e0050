"""Recording of the statements that the application sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.database import engine


@contextmanager
def recorded_queries() -> Iterator[list[tuple[str, Any]]]:
    """Yield what is executed within the block, as SQL and its parameters."""
    queries: list[tuple[str, Any]] = []

    def record(*arguments: Any) -> None:
        _, _, statement, parameters, *_ = arguments
        # The sessions of the application work in savepoints of the test's transaction.
        if "SAVEPOINT" not in statement:
            queries.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", record)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", record)
