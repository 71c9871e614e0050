"""Databases that exist while a command runs."""

import hashlib
import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from alembic_workflow.database.connections import connect_autocommit
from alembic_workflow.sql.identifiers import quoted

logger = logging.getLogger("alembic.workflow")
LONGEST_NAME = 63
INSUFFICIENT_PRIVILEGE = "42501"

# What a database contains apart from extensions, as statements that drop it.
_CONTENTS = """
WITH extended AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  schemas AS (SELECT oid, nspname FROM pg_namespace
    WHERE nspname <> 'information_schema' AND nspname !~ '^pg_')
SELECT format('DROP %%s IF EXISTS %%I.%%I CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW'
    WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE'
    WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, n.nspname, c.relname)
  FROM pg_class c JOIN schemas n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c', 'f')
    AND ('pg_class'::regclass, c.oid) NOT IN (SELECT * FROM extended)
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype IN ('a', 'i')
      AND classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass)
UNION ALL
SELECT format('DROP %%s IF EXISTS %%I.%%I CASCADE', CASE t.typtype WHEN 'd' THEN 'DOMAIN'
    ELSE 'TYPE' END, n.nspname, t.typname)
  FROM pg_type t JOIN schemas n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd', 'r')
    AND ('pg_type'::regclass, t.oid) NOT IN (SELECT * FROM extended)
UNION ALL
SELECT format('DROP ROUTINE IF EXISTS %%s CASCADE', p.oid::regprocedure)
  FROM pg_proc p JOIN schemas n ON n.oid = p.pronamespace
  WHERE ('pg_proc'::regclass, p.oid) NOT IN (SELECT * FROM extended)
"""
_CONTAINERS = {
    "EXTENSION": "SELECT extname FROM pg_extension",
    "SCHEMA": "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'",
}


@contextmanager
def scratch_database(url: URL, given: URL | None = None) -> Iterator[URL]:
    """Yield the URL of an empty database, and drop it in the end, whatever happens.

    Takes the URL of a database on the server to use, and that of an existing empty database if
    none can be created; that one is emptied in the end. Raises CommandError if there is no right
    to create one, or if the given one is in use or not empty.
    """
    if given is not None:
        with _borrowed_database(url, given):
            yield given
        return
    with connect_autocommit(url, "scratch database") as maintenance:
        prefix = prefix_of_helpers(url, "_scratch_", digits=8)
        _drop_abandoned(maintenance, prefix)
        run = secrets.token_hex(4)
        # Held while the run lives, so that others can tell its database from an abandoned one.
        maintenance.exec_driver_sql("SELECT pg_advisory_lock(%s)", (int(run, 16),))
        scratch = url.set(database=f"{prefix}{run}")
        try:
            _create(maintenance, str(scratch.database))
            yield scratch
        finally:
            # If the server is gone, so is the connection; the next run drops what is left.
            with suppress(OperationalError):
                drop_database(maintenance, str(scratch.database))


def prefix_of_helpers(url: URL, suffix: str, digits: int) -> str:
    """Return what the names begin with of databases that are made for this one.

    Takes what follows its name, and how many digits follow that. PostgreSQL would cut a longer
    name short, and so give those of two databases the same one.
    """
    name, room = str(url.database), LONGEST_NAME - len(suffix) - digits
    if len(name.encode()) > room:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{name.encode()[: room - 9].decode(errors='ignore')}_{digest}"
    return name + suffix


def _create(maintenance: Connection, name: str) -> None:
    try:
        maintenance.exec_driver_sql(f"CREATE DATABASE {quoted(name)}")
        # Nothing in it has to survive a crash, so no commit waits for the disk.
        maintenance.exec_driver_sql(f"ALTER DATABASE {quoted(name)} SET synchronous_commit = off")
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) != INSUFFICIENT_PRIVILEGE:
            raise
        role = maintenance.exec_driver_sql("SELECT current_user").scalar_one()
        raise CommandError(
            f"The role {role} has no right to create the scratch database in which revisions are "
            f"tried. Grant it (ALTER ROLE {quoted(role)} CREATEDB), or set SCRATCH_DATABASE_URL "
            "to an existing empty database."
        ) from None


def drop_database(maintenance: Connection, name: str) -> None:
    """Drop the database if it exists, and whoever is connected to it."""
    maintenance.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")


def _drop_abandoned(maintenance: Connection, prefix: str) -> None:
    """Drop what runs left behind that were killed."""
    names = maintenance.exec_driver_sql("SELECT datname FROM pg_database").scalars().all()
    for name in names:
        match = re.fullmatch(re.escape(prefix) + r"([0-9a-f]{8})", name)
        if match is None:
            continue
        key = (int(match[1], 16),)
        if maintenance.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", key).scalar_one():
            drop_database(maintenance, name)
            maintenance.exec_driver_sql("SELECT pg_advisory_unlock(%s)", key)


@contextmanager
def _borrowed_database(url: URL, given: URL) -> Iterator[None]:
    name = f"SCRATCH_DATABASE_URL ({given.database})"
    with connect_autocommit(given, "scratch database") as connection:
        if not connection.exec_driver_sql("SELECT pg_try_advisory_lock(0)").scalar_one():
            raise CommandError(f"{name} is in use by another command; try again when it is done.")
        contents = connection.exec_driver_sql(_CONTENTS, ()).scalars().all()
        if contents or given == url:
            raise CommandError(
                f"{name} is not empty, and would be emptied. Name a database for this use alone."
            )
        before = {kind: _names(connection, kind) for kind in _CONTAINERS}
        try:
            yield
        finally:
            for kind in _CONTAINERS:
                for each in _names(connection, kind) - before[kind]:
                    connection.exec_driver_sql(f"DROP {kind} IF EXISTS {quoted(each)} CASCADE")
            for statement in connection.exec_driver_sql(_CONTENTS, ()).scalars().all():
                connection.exec_driver_sql(statement.replace("%", "%%"))


def _names(connection: Connection, kind: str) -> set[str]:
    return set(connection.exec_driver_sql(_CONTAINERS[kind]).scalars())
