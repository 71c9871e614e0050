"""Connections that migrate: short waits for locks, and a name that others can see."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

SECONDS_TO_CONNECT = 5
# A statement that waits for a table's lock makes everyone queue who comes after it, so it gives up
# soon and is tried again: https://www.postgresql.org/docs/current/explicit-locking.html
LOCK_TIMEOUT_SECONDS = 2.0
LOCK_RETRY_SECONDS = 300.0


def engine_for(
    url: URL, name: str, *, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS, **options: Any
) -> Engine:
    """Return an engine that opens a connection each time.

    Takes the name under which the server lists the connection, and options of `create_engine`.
    lock_timeout is a start-up option: after a SET on the connection, Alembic would commit nothing.
    What the URL or PGOPTIONS says comes later on that line, and so it wins.
    """
    logging.getLogger("sqlalchemy.pool.impl.NullPool").addFilter(_is_no_interruption)
    connect_timeout = url.query.get("connect_timeout", SECONDS_TO_CONNECT)
    given = f"{url.query.get('options', '')} {os.environ.get('PGOPTIONS', '')}"
    arguments = {
        "connect_timeout": connect_timeout,
        "fallback_application_name": name,
        "options": f"-c lock_timeout={round(lock_timeout_seconds * 1000)} {given}".strip(),
    }
    return create_engine(url, poolclass=NullPool, connect_args=arguments, **options)


def _is_no_interruption(record: logging.LogRecord) -> bool:
    """Tell whether to log this; what interrupts the pool is raised, and reported in one line."""
    return not (record.exc_info and isinstance(record.exc_info[1], KeyboardInterrupt))


def reset_settings(connection: Connection) -> None:
    """Undo each SET that a revision has left on the session; call it outside a transaction.

    The next revision must not depend on whether it runs in the same session.
    """
    raw: Any = connection.connection.dbapi_connection
    raw.autocommit = True  # SQLAlchemy would begin a transaction, and Alembic would find it
    try:
        with raw.cursor() as cursor:
            cursor.execute("RESET ALL; RESET ROLE")
    finally:
        raw.autocommit = False


@contextmanager
def connect(
    url: URL, name: str, *, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS
) -> Iterator[Connection]:
    """Yield a connection; what is not committed is rolled back."""
    engine = engine_for(url, name, lock_timeout_seconds=lock_timeout_seconds)
    with engine.connect() as connection:
        yield connection


@contextmanager
def connect_autocommit(url: URL, name: str) -> Iterator[Connection]:
    """Yield a connection on which every statement is a transaction of its own."""
    with engine_for(url, name, isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection
