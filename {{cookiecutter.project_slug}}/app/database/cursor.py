"""The cursor that runs statements: it logs those that are slow."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from psycopg2.extensions import cursor

from app.config import settings

LONGEST_STATEMENT = 2000

logger = logging.getLogger(__name__)


class TimedCursor(cursor):
    """Log each statement that takes longer, without the values of its parameters."""

    slow_seconds = settings.slow_statement_seconds

    def execute(self, statement: Any, parameters: Any = None) -> None:
        """Run the statement. Raises what psycopg2 raises."""
        with self._timed(statement):
            super().execute(statement, parameters)

    def executemany(self, statement: Any, parameters: Any) -> None:
        """Run the statement for each of the parameters. Raises what psycopg2 raises."""
        with self._timed(statement):
            super().executemany(statement, parameters)

    @contextmanager
    def _timed(self, statement: object) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            duration = perf_counter() - started
            if duration > self.slow_seconds:
                fields = {"duration_ms": round(duration * 1000, 1)}
                text = " ".join(str(statement).split())[:LONGEST_STATEMENT]
                logger.warning("A statement took %.3f s: %s", duration, text, extra=fields)
