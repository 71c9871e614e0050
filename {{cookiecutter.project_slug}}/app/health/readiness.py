"""Readiness: a database that can serve this code, asked at most once a second."""

import asyncio
import logging
import os
import time
from functools import cached_property
from pathlib import Path

from psycopg2 import errors
from sqlalchemy import URL, Engine, String, column, create_engine, select, table
from sqlalchemy.exc import DBAPIError

from app import VERSION_TABLE
from app.health.revisions import MIGRATIONS, CodeRevisions

logger = logging.getLogger(__name__)

SECONDS_TO_KEEP_AN_ANSWER = 1
SECONDS_TO_CONNECT = 2
SECONDS_TO_ANSWER = 2
SECONDS_TO_WAIT = 5
DOES_NOT_ANSWER = "The database does not answer."


class Readiness:
    """The database, seen through one connection that no request uses."""

    def __init__(
        self, url: URL, migrations: Path = MIGRATIONS, *, accept_unknown: bool = False
    ) -> None:
        """Take the database, the code's revisions, and if the database may be at another one.

        Nothing is connected or read before the first question.
        """
        self._migrations = migrations
        self._accept_unknown = accept_unknown
        self._engine = create_probe_engine(url)
        self._look: asyncio.Task[str | None] | None = None
        self._old_at = 0.0

    @cached_property
    def _code(self) -> CodeRevisions:
        """The revisions in the code, read once."""
        return CodeRevisions.read(self._migrations)

    async def problem(self) -> str | None:
        """Return why the service cannot do its work and what to do, or None if it can.

        However many ask, one looks; the others wait for its answer, or get the last one if that
        is less than a second old.
        """
        if self._look is None or (self._look.done() and time.monotonic() >= self._old_at):
            self._look = asyncio.create_task(self._look_in_a_thread())
        look = self._look
        if not look.done():
            await asyncio.wait({look}, timeout=SECONDS_TO_WAIT)
        return look.result() if look.done() else DOES_NOT_ANSWER

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        self._engine.dispose()

    async def _look_in_a_thread(self) -> str | None:
        try:
            return await asyncio.to_thread(self._problem)
        finally:
            self._old_at = time.monotonic() + SECONDS_TO_KEEP_AN_ANSWER

    def _problem(self) -> str | None:
        versions = select(column("version_num", String())).select_from(table(VERSION_TABLE))
        try:
            with self._engine.connect() as connection:
                applied = set(connection.scalars(versions))
        except DBAPIError as error:
            match error.orig:
                case errors.UndefinedTable():
                    return self._code.problem_with(None)
                case errors.InsufficientPrivilege():
                    return f"The service's role may not read {VERSION_TABLE}: grant it SELECT."
            logger.warning("The database does not answer: %s", error)
            return DOES_NOT_ANSWER
        return self._code.problem_with(applied, accept_unknown=self._accept_unknown)


def create_probe_engine(url: URL) -> Engine:
    """Return an engine of one connection, on which nothing lasts long.

    Takes the service's URL. What that or PGOPTIONS says in `options`, such as a search_path, holds
    here too. A network that swallows packets is noticed as well, by the last four.
    """
    given = f"{url.query.get('options', '')} {os.environ.get('PGOPTIONS', '')}"
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": SECONDS_TO_CONNECT,
            "options": f"{given} -c statement_timeout={SECONDS_TO_ANSWER}s".strip(),
            "tcp_user_timeout": int(1000 * SECONDS_TO_ANSWER),
            "keepalives_idle": 1,
            "keepalives_interval": 1,
            "keepalives_count": 2,
        },
    )
