"""The databases of a test run.

One is migrated by `alembic upgrade head`; each worker process gets a copy of it. All are dropped at
the end, and whatever a killed run left behind is dropped by the next one.
"""

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

PROJECT = Path(__file__).parents[1]
TEST_DATABASE = re.compile(r"(?P<service>.+)_test_(?P<run>[0-9a-f]{8})_(?P<part>\w+)")


@contextmanager
def migrated_database(development_url: URL) -> Iterator[URL]:
    """Yield the URL of a new, migrated database on the server of this URL."""
    run = secrets.token_hex(4)
    with _maintenance(development_url) as maintenance:
        # Held while the run lives, so that others can tell its databases from abandoned ones.
        maintenance.execute("SELECT pg_advisory_lock(%s)", [int(run, 16)])
        _drop_abandoned(maintenance, development_url.database)
        url = development_url.set(database=f"{development_url.database}_test_{run}_template")
        maintenance.execute(f'CREATE DATABASE "{url.database}"')
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
        maintenance.execute(f'CREATE DATABASE "{url.database}" TEMPLATE "{template.database}"')
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
    """Run `alembic upgrade heads` on this database, without a word about each revision."""
    engine = create_engine(url, poolclass=NullPool)
    logging.disable(logging.INFO)
    try:
        with engine.connect() as connection:
            command.upgrade(alembic_config(connection), "heads")
    finally:
        logging.disable(logging.NOTSET)


def refuse_other_databases(url: URL) -> None:
    """Make every connection of SQLAlchemy fail that does not go to a database of this run.

    Takes the URL of any of them. Raises RuntimeError from whatever tries it. The databases of the
    run are those of `copied_database`, and the scratch databases that the workflow makes for them.
    """
    prefix = run_prefix(url)
    scratch = re.compile(re.escape(prefix[:37]) + r".*_scratch_[0-9a-f]{8}")

    @event.listens_for(Engine, "do_connect")
    def refuse(dialect: Any, record: Any, arguments: Any, parameters: dict[str, Any]) -> None:
        name = str(parameters.get("dbname", parameters.get("database", "")))
        if not (name.startswith(prefix) or scratch.fullmatch(name)):
            raise RuntimeError(f"a test tried to connect to the database {name!r}")


def run_prefix(url: URL) -> str:
    """Return what the names of all databases of the run begin with, that of this URL too."""
    match = TEST_DATABASE.fullmatch(str(url.database))
    assert match is not None
    return f"{match['service']}_test_{match['run']}_"


@contextmanager
def _maintenance(url: URL) -> Iterator[Any]:
    """Yield a cursor on the server that can create and drop databases."""
    dsn = url.set(drivername="postgresql", database="postgres")
    connection = psycopg2.connect(dsn.render_as_string(hide_password=False))
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


def _drop(maintenance: Any, database: str | None) -> None:
    maintenance.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _drop_abandoned(maintenance: Any, service: str | None) -> None:
    maintenance.execute("SELECT datname FROM pg_database")
    for (name,) in maintenance.fetchall():
        match = TEST_DATABASE.fullmatch(name)
        if match is None or match["service"] != service:
            continue
        run = [int(match["run"], 16)]
        maintenance.execute("SELECT pg_try_advisory_lock(%s)", run)
        if maintenance.fetchone()[0]:
            _drop(maintenance, name)
            maintenance.execute("SELECT pg_advisory_unlock(%s)", run)
