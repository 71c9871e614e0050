"""A long history is replayed once, and kept as a database to copy from."""

import hashlib
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.database.connections import connect_autocommit
from alembic_workflow.database.scratch import drop_database, prefix_of_helpers
from alembic_workflow.sql.identifiers import quoted

logger = logging.getLogger("alembic.workflow")
SECONDS_WORTH_KEEPING = 2
_DIGITS = 16


def digests(script: ScriptDirectory, version_table: str) -> list[str]:
    """Return a digest of the history up to each revision, the oldest first."""
    running = hashlib.sha256(version_table.encode())
    result = []
    for revision in reversed(list(script.walk_revisions())):
        running.update(Path(revision.path).read_bytes())
        result.append(running.hexdigest()[:_DIGITS])
    return result


def copy_longest(url: URL, scratch: URL, wanted: Sequence[str]) -> int:
    """Make the empty scratch database a copy of the longest part of the history that is kept.

    Takes the digests of the history. Returns how many revisions the copy has; 0 if there is none.
    """
    with connect_autocommit(url, "replay cache") as maintenance:
        kept = set(_kept(maintenance, url))
        for count in range(len(wanted) if kept else 0, 0, -1):
            name = _name(url, wanted[count - 1])
            if name in kept and _replace_by_copy(maintenance, str(scratch.database), name):
                return count
    return 0


def keep(url: URL, scratch: URL, digest: str) -> None:
    """Keep a copy of the scratch database, to which nobody is connected, and drop older ones."""
    # Another command may be doing the same, or copying one of them at this moment.
    with connect_autocommit(url, "replay cache") as maintenance, suppress(DBAPIError):
        for name in _kept(maintenance, url):
            drop_database(maintenance, name)
        _copy(maintenance, str(scratch.database), _name(url, digest))


def _replace_by_copy(maintenance: Connection, target: str, source: str) -> bool:
    drop_database(maintenance, target)
    try:
        _copy(maintenance, source, target)
    except DBAPIError:  # another command drops it at this moment
        maintenance.exec_driver_sql(f"CREATE DATABASE {quoted(target)}")
        return False
    return True


def _copy(maintenance: Connection, source: str, target: str) -> None:
    maintenance.exec_driver_sql(f"CREATE DATABASE {quoted(target)} TEMPLATE {quoted(source)}")


def _kept(maintenance: Connection, url: URL) -> Sequence[str]:
    names = maintenance.exec_driver_sql("SELECT datname FROM pg_database").scalars()
    pattern = re.compile(re.escape(_name(url, "")) + "[0-9a-f]" * _DIGITS)
    return [name for name in names if pattern.fullmatch(name)]


def _name(url: URL, digest: str) -> str:
    return prefix_of_helpers(url, "_replay_", _DIGITS) + digest
