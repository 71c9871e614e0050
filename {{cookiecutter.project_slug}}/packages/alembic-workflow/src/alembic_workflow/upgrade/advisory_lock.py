"""One migration at a time, whoever starts it."""

import hashlib
import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from alembic.util import CommandError
from sqlalchemy import Connection

from alembic_workflow.database.connections import connect_autocommit
from alembic_workflow.environment import Environment

logger = logging.getLogger("alembic.workflow")
SECONDS_BETWEEN_POLLS = 0.2

_HOLDER = """
SELECT 'process ' || a.pid || concat(' (', concat_ws(', ', nullif(a.application_name, ''),
    host(a.client_addr), 'since ' || date_trunc('second', a.backend_start)), ')')
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32) | l.objid::bigint = %s
"""


@contextmanager
def migration_lock(environment: Environment, retry_seconds: float) -> Iterator[Connection]:
    """Hold the service's migration lock, and yield the connection that does.

    Takes for how many seconds to try. The lock is polled for on a connection of its own: one that
    waits inside PostgreSQL would block CREATE INDEX CONCURRENTLY. PostgreSQL frees the lock when
    the connection or the process ends. Raises CommandError, which names the holder, when time is
    up.
    """
    digest = hashlib.sha256(environment.version_table.encode()).digest()
    key = int.from_bytes(digest[:8], signed=True)
    url = environment.database().url
    with connect_autocommit(url, f"{environment.service_name} migration lock") as connection:
        _acquire(connection, key, retry_seconds)
        yield connection


def _acquire(connection: Connection, key: int, retry_seconds: float) -> None:
    announced = False
    deadline = time.monotonic() + retry_seconds
    while not connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (key,)).scalar_one():
        holder = connection.exec_driver_sql(_HOLDER, (key,)).scalar()
        if holder and time.monotonic() > deadline:
            raise CommandError(
                f"Another migration of this service is running: {holder}. Nothing was changed; "
                "run the command again when it is done."
            )
        if holder and not announced:
            logger.info("Another migration is running: %s. Waiting for it.", holder)
            announced = True
        time.sleep(SECONDS_BETWEEN_POLLS * random.uniform(0.5, 1.5))
