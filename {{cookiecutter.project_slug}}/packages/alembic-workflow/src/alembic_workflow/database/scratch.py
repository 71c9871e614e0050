"""Databases that exist while a command runs."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from alembic_workflow.database.connections import connect_autocommit
from alembic_workflow.sql.identifiers import qualify_public, quoted
from alembic_workflow.sql.text import as_driver_sql

LONGEST_NAME = 63
DIGITS = 8
USUAL_SEARCH_PATH = '"$user", public'
INSUFFICIENT_PRIVILEGE = "42501"

_together: list[ExitStack] = []


@contextmanager
def dropped_together() -> Iterator[None]:
    """Keep the scratch databases that are made in the block until it ends.

    A file system may pass over what was deleted lately, file by file, whenever it makes one: ext4
    does so for some minutes. So a command makes what it needs before it drops thousands of files.
    """
    with ExitStack() as databases:
        _together.append(databases)
        try:
            yield
        finally:
            _together.pop()


@contextmanager
def scratch_database(
    url: URL, *, purpose: str = "scratch", template: URL | None = None
) -> Iterator[URL]:
    """Yield the URL of a new database, and drop it in the end, whatever happens.

    Takes the URL of a database on the server to use, a word for the new one's name, and a database
    to copy to which nobody is connected; without one, it is empty. What a killed run left behind
    is dropped by the next one. Raises CommandError if there is no right to create a database there.
    """
    with ExitStack() as own:
        databases = _together[-1] if _together else own
        yield databases.enter_context(_database(url, purpose, template))


@contextmanager
def _database(url: URL, purpose: str, template: URL | None) -> Iterator[URL]:
    with connect_autocommit(url, f"{purpose} database") as maintenance:
        prefix = name_prefix(url, purpose)
        _drop_abandoned(maintenance, prefix)
        run = secrets.token_hex(DIGITS // 2)
        # Held while the run lives, so that others can tell its database from an abandoned one.
        maintenance.exec_driver_sql("SELECT pg_advisory_lock(%s)", (int(run, 16),))
        scratch = url.set(database=f"{prefix}{run}")
        try:
            _create(maintenance, str(scratch.database), template and template.database)
            _search_alike(maintenance, scratch)
            yield scratch
        finally:
            # If the server is gone, so is the connection; the next run drops what is left.
            with suppress(OperationalError):
                _drop(maintenance, str(scratch.database))


def name_prefix(url: URL, purpose: str = "scratch") -> str:
    """Return what the names of the scratch databases of this one begin with.

    PostgreSQL would cut a longer name short, and so give those of two databases the same one.
    """
    name, suffix = str(url.database), f"_{purpose}_"
    room = LONGEST_NAME - len(suffix) - DIGITS
    if len(name.encode()) > room:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{name.encode()[: room - 9].decode(errors='ignore')}_{digest}"
    return name + suffix


def _create(maintenance: Connection, name: str, template: str | None) -> None:
    copying = f" TEMPLATE {quoted(template)}" if template else ""
    try:
        maintenance.exec_driver_sql(f"CREATE DATABASE {quoted(name)}{copying}")
        # Nothing in it has to survive a crash, so no commit waits for the disk.
        maintenance.exec_driver_sql(f"ALTER DATABASE {quoted(name)} SET synchronous_commit = off")
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) != INSUFFICIENT_PRIVILEGE:
            raise
        role = maintenance.exec_driver_sql("SELECT current_user").scalar_one()
        raise CommandError(
            f"The role {role} has no right to create the scratch database in which revisions are "
            f"tried. Grant it (ALTER ROLE {quoted(role)} CREATEDB), or give the URL of a "
            "database on a server where that is allowed (scratch_url, in env.py)."
        ) from None


def _search_alike(maintenance: Connection, scratch: URL) -> None:
    """Let names mean in the new database what they mean in the one beside which it is.

    The search path may be a setting of the database, of the role, of both, or of the URL.
    """
    query = "SELECT current_setting('search_path'), current_schemas(false)"
    path, schemas = maintenance.exec_driver_sql(query).one()
    if path == USUAL_SEARCH_PATH:
        return
    qualify_public()
    setting = f"SET search_path = {as_driver_sql(path) or quoted('')}"
    database = f"DATABASE {quoted(str(scratch.database))}"
    maintenance.exec_driver_sql(f"ALTER {database} {setting}")
    # A setting of the role goes before the database's, and one of both before each.
    maintenance.exec_driver_sql(f"ALTER ROLE CURRENT_USER IN {database} {setting}")
    with connect_autocommit(scratch, "scratch database") as connection:
        for schema in schemas:
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")


def _drop(maintenance: Connection, name: str) -> None:
    """Drop the database if it exists, and whoever is connected to it."""
    maintenance.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")


def _drop_abandoned(maintenance: Connection, prefix: str) -> None:
    """Drop what runs left behind that were killed."""
    names = maintenance.exec_driver_sql("SELECT datname FROM pg_database").scalars().all()
    for name in names:
        match = re.fullmatch(re.escape(prefix) + f"({'[0-9a-f]' * DIGITS})", name)
        if match is None:
            continue
        key = (int(match[1], 16),)
        if maintenance.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", key).scalar_one():
            _drop(maintenance, name)
            maintenance.exec_driver_sql("SELECT pg_advisory_unlock(%s)", key)
