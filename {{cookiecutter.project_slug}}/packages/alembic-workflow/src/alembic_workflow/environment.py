"""A service and its schema, as `env.py` hands them over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from alembic import context
from sqlalchemy import URL, Connection, MetaData

from alembic_workflow.database.adoption import forget_at_base
from alembic_workflow.database.commits import reject_commits_of
from alembic_workflow.database.connections import LOCK_RETRY_SECONDS, LOCK_TIMEOUT_SECONDS


@dataclass(frozen=True)
class Database:
    """The service's database, and how it is migrated."""

    url: URL
    scratch_url: URL | None = None
    """A database on a server where scratch databases may be created, if not beside the first."""
    lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS
    """For how long a statement waits for a lock; then its revision is rolled back and retried."""
    lock_retry_seconds: float = LOCK_RETRY_SECONDS
    """For how long a revision is retried."""

    @property
    def scratch_server(self) -> URL:
        """A database on the server where scratch databases are created."""
        return self.scratch_url or self.url


@dataclass(frozen=True)
class Environment:
    """A service and its schema."""

    service_name: str
    version_table: str
    """Its own, so that several services can share a database."""
    metadata: Sequence[MetaData]
    database: Callable[[], Database]
    """Called when a database is needed, and not for printing SQL."""
    application: str
    """The package of the models, which a revision must not import."""

    @property
    def schemas(self) -> set[str]:
        """The schemas that the models name: of tables, types and sequences."""
        tables = [table for part in self.metadata for table in part.tables.values()]
        columns = [column for table in tables for column in table.columns]
        types = [getattr(column.type, "item_type", column.type) for column in columns]
        named = [*tables, *types, *(column.default for column in columns)]
        return {schema for each in named if (schema := getattr(each, "schema", None)) is not None}

    def configure(self, **options: Any) -> None:
        """Configure Alembic's context; `options` name the connection, or the offline dialect."""
        connection: Connection | None = options.get("connection")
        if connection is not None:
            reject_commits_of(context.script.versions, connection)
        context.configure(
            **{
                "target_metadata": self.metadata,
                "version_table": self.version_table,
                "transaction_per_migration": True,
                "on_version_apply": forget_at_base,
                **options,
            }
        )
