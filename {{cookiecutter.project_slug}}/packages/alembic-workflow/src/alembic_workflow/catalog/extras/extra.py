"""Things that no catalog compares and no model says: comments on others, settings, and the like.

A first revision makes it, so that nothing of an adopted database is lost.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from alembic_workflow.catalog.extras import others, settings, tables
from alembic_workflow.catalog.items import qualified_names

_QUERIES = (
    (0, tables.EMPTY_SCHEMAS),
    (0, tables.FOREIGN_TABLES),
    (0, tables.TYPED_TABLES),
    (15, settings.SEQUENCES),
    (0, settings.OPTIONS),
    (0, settings.COLUMNS),
    (0, settings.VIEW_DEFAULTS),
    (0, settings.IDENTITY_SEQUENCES),
    (0, settings.INDEXES),
    (0, settings.STATISTICS),
    (0, settings.STATES),
    (0, tables.PARTITIONS),
    (18, tables.NOT_NULL),
    (0, others.COMMENTS),
    (0, others.UNMADE),
    (0, others.OPTIONS_OF_SERVERS),
    (0, others.PRIVILEGES),
)
"""Each with the version of PostgreSQL from which on it can be asked."""


class Extra(NamedTuple):
    """A thing that a database has beside its catalog."""

    schema: str
    table: str
    """The table it belongs to, or nothing."""
    label: str
    """The words for it; several may share them."""
    statement: str
    """Which makes it; nothing if nothing here can."""
    undo: str = ""
    """The statement that drops it, unless it goes with something else."""

    def __str__(self) -> str:
        return self.label


def extras(connection: Connection) -> list[Extra]:
    """Return what the database has beside its catalog, in an order in which it can be made."""
    version = int((connection.dialect.server_version_info or (0,))[0])
    queries = [query for first_version, query in _QUERIES if version >= first_version]
    with qualified_names(connection):
        return [Extra(*row) for query in queries for row in connection.exec_driver_sql(query)]


def labels(found: Iterable[Extra]) -> list[str]:
    """Return the words for them, each once."""
    return sorted({each.label for each in found})
