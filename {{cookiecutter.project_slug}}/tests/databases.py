"""The databases of a test run.

One is migrated by `alembic upgrade head`; each worker process gets a copy of it. All are dropped at
the end, and whatever a killed run left behind is dropped by the next one.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

PROJECT = Path(__file__).parents[1]
TEST_DATABASE = re.compile(r"(?P<service>.+)_test_(?P<run>[0-9a-f]{8})_(?P<part>\w+)")


@contextmanager
def migrated_database(development_url: URL) -> Iterator[URL]:
    """Yield the URL of a new, migrated database on the server of this URL."""
    run = secrets.token_hex(4)
    with _maintenance(development_url) as maintenance:
        # Held while the run lives, so that others can tell its databases from abandoned ones.
        maintenance.execute(text("SELECT pg_advisory_lock(:run)"), {"run": int(run, 16)})
        _drop_abandoned(maintenance, development_url.database)
        url = development_url.set(database=f"{development_url.database}_test_{run}_template")
        maintenance.exec_driver_sql(f'CREATE DATABASE "{url.database}"')
        try:
            upgrade(url)
            yield url
        finally:
            _drop(maintenance, url.database)


@contextmanager
def copied_database(template: URL, part: str) -> Iterator[URL]:
    """Yield the URL of a copy of this database, named after the part of the run that uses it."""
    url = template.set(database=f"{str(template.database).removesuffix('template')}{part}")
    with _maintenance(template) as maintenance:
        maintenance.exec_driver_sql(
            f'CREATE DATABASE "{url.database}" TEMPLATE "{template.database}"'
        )
        try:
            yield url
        finally:
            _drop(maintenance, url.database)


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, on this connection if one is given."""
    config = Config(PROJECT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


def upgrade(url: URL) -> None:
    """Run `alembic upgrade head` on this database."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        command.upgrade(alembic_config(connection), "head")


def refuse_other_databases() -> None:
    """Make every connection fail that goes neither to a test database nor to `postgres`.

    Raises RuntimeError from whatever tries it.
    """

    @event.listens_for(Engine, "do_connect")
    def refuse(dialect: Any, record: Any, arguments: Any, parameters: dict[str, Any]) -> None:
        name = str(parameters.get("dbname", parameters.get("database", "")))
        if name != "postgres" and not TEST_DATABASE.fullmatch(name):
            raise RuntimeError(f"a test tried to connect to the database {name!r}")


@contextmanager
def _maintenance(url: URL) -> Iterator[Connection]:
    engine = create_engine(
        url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with engine.connect() as connection:
        yield connection


def _drop(maintenance: Connection, database: str | None) -> None:
    maintenance.exec_driver_sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _drop_abandoned(maintenance: Connection, service: str | None) -> None:
    for name in maintenance.scalars(text("SELECT datname FROM pg_database")).all():
        match = TEST_DATABASE.fullmatch(name)
        if match is None or match["service"] != service:
            continue
        run = {"run": int(match["run"], 16)}
        if maintenance.scalar(text("SELECT pg_try_advisory_lock(:run)"), run):
            _drop(maintenance, name)
            maintenance.execute(text("SELECT pg_advisory_unlock(:run)"), run)
