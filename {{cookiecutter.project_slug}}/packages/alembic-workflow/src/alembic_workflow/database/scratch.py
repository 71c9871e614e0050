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


@contextmanager
def scratch_database(url: URL) -> Iterator[URL]:
    """Yield the URL of an empty database, and drop it in the end, whatever happens.

    Takes the URL of a database on the server to use. Raises CommandError if there is no right to
    create another one there.
    """
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
            "to a database on a server where that is allowed."
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
