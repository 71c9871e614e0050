"""Sessions of the server: those that hold locks, and those that wait."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from databases import connect

from workflow.workbench import Workbench

SECONDS_TO_WAIT = 60
MIGRATION_LOCK = "application_name = 'my-api migration lock'"


def _once_found(project: Workbench, query: str) -> Any:
    """Return what the query finds on the server, once it finds one value."""
    deadline = time.monotonic() + SECONDS_TO_WAIT
    with closing(connect(project.url)) as connection, connection.cursor() as cursor:
        while True:
            cursor.execute(query)
            if rows := cursor.fetchall():
                [(value,)] = rows
                return value
            assert time.monotonic() < deadline, query
            time.sleep(0.01)


def wait_for(project: Workbench, condition: str) -> None:
    """Return once the condition is true of the server."""
    _once_found(project, f"SELECT 1 WHERE {condition}")


def session(project: Workbench, condition: str) -> int:
    """Return the process of the server, once there is one, of which the condition is true."""
    of_others = "datname = current_database() AND pid <> pg_backend_pid()"
    query = f"SELECT pid FROM pg_stat_activity WHERE {of_others} AND ({condition})"
    return int(_once_found(project, query))


def blocked(project: Workbench, statement: str = "") -> int:
    """Return the process of the server in which this statement waits for another, once one does."""
    waits = "cardinality(pg_blocking_pids(pid)) > 0"
    return session(project, f"{waits} AND query LIKE '{statement}%'")


def wait_until_it_ends(project: Workbench, process: int) -> None:
    """Return once this process of the server has ended."""
    wait_for(project, f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {process})")


def end(project: Workbench, process: int) -> None:
    """End this process of the server."""
    project.sql(f"SELECT pg_terminate_backend({process})")
    wait_until_it_ends(project, process)


@dataclass(frozen=True)
class Blocker:
    """A session that holds a lock."""

    connection: Any
    pid: int

    def execute(self, statement: str) -> None:
        """Go on in the transaction."""
        self.connection.cursor().execute(statement)

    def release(self) -> None:
        """Roll the transaction back."""
        self.connection.rollback()

    def commit(self) -> None:
        """Commit the transaction."""
        self.connection.commit()


@contextmanager
def holding(project: Workbench, lock: str) -> Iterator[Blocker]:
    """Execute this in a transaction, which holds a lock until the end, or until it is over."""
    with closing(connect(project.url)) as connection:
        connection.autocommit = False
        blocker = Blocker(connection, connection.info.backend_pid)
        blocker.execute(lock)
        yield blocker
