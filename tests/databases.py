"""Look into the databases of generated projects."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from baking import Project
from dotenv import dotenv_values
from psycopg2 import sql
from sqlalchemy import URL, make_url

AWKWARD_PASSWORD = r"""p%40ss:/@#?'" \ü"""


def database_url(project: Project) -> URL:
    """Return the URL of the development database."""
    return make_url(str(dotenv_values(project.path / ".env")["DATABASE_URL"]))


def connect(url: URL) -> Any:
    """Return a connection in autocommit."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(address)
    connection.autocommit = True
    return connection


def rows(url: URL, *statements: str) -> list[Any]:
    """Run the statements and return what the last one found."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def values(url: URL, *statements: str) -> list[Any]:
    """Run the statements and return the first column of what the last one found."""
    return [row[0] for row in rows(url, *statements)]


@contextmanager
def guarded_database(url: URL) -> Iterator[URL]:
    """Yield the URL of a new database on this server, which asks for the awkward password."""
    [file] = values(url, "SHOW hba_file")
    access = Path(file)
    original = access.read_text()
    role = sql.SQL("CREATE ROLE guarded LOGIN CREATEDB PASSWORD {}")
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(role.format(sql.Literal(AWKWARD_PASSWORD)))
        cursor.execute("CREATE DATABASE guarded OWNER guarded")
        access.write_text(f"local all guarded scram-sha-256\n{original}")
        cursor.execute("SELECT pg_reload_conf()")
        try:
            yield url.set(username="guarded", password=AWKWARD_PASSWORD, database="guarded")
        finally:
            access.write_text(original)
            cursor.execute("SELECT pg_reload_conf()")
            cursor.execute("DROP DATABASE guarded WITH (FORCE)")
            cursor.execute("DROP ROLE guarded")
