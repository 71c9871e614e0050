"""The short way of a change, on a copy of the database."""

from collections.abc import Sequence
from contextlib import closing

from databases import connect

from workflow.cookbook.service import Service, Watch
from workflow.workbench import Workbench

COPY = "otherwise"


def copy(project: Workbench) -> None:
    """Copy the service's database as it is."""
    project.sql(
        f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)',
        f'CREATE DATABASE "{COPY}" TEMPLATE "{project.url.database}"',
        database="postgres",
    )


def take(project: Workbench, statements: Sequence[str], sql: str) -> Watch:
    """Return what a service that sends the statements meets while the short way is taken.

    In one transaction that waits for its locks, as plain Alembic does.
    """
    url = project.url.set(database=COPY)
    service = Service(url)
    try:
        service.deploy(statements)
        assert not service.seen().errors
        with closing(connect(url)) as connection, connection.cursor() as cursor:
            connection.autocommit = "CONCURRENTLY" in sql
            cursor.execute(sql)
            if not connection.autocommit:
                connection.commit()
        return service.seen()
    finally:
        service.end()
