"""A service and its schema, as `env.py` hands them over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from alembic import context
from sqlalchemy import URL, MetaData

from alembic_workflow.database.adoption import forget_at_base


@dataclass(frozen=True)
class DatabaseUrls:
    """Where the service's database is, and an existing empty one if none can be created."""

    database: URL
    scratch: URL | None = None


@dataclass(frozen=True)
class Environment:
    """A service and its schema."""

    service_name: str
    metadata: Sequence[MetaData]
    urls: Callable[[], DatabaseUrls]
    """Called when a database is needed, and not for printing SQL."""
    application: str
    """The package of the models, which a revision must not import."""

    @property
    def version_table(self) -> str:
        """Its own, so that several services can share a database."""
        return f"alembic_version_{self.service_name.replace('-', '_')}"

    @property
    def schemas(self) -> set[str]:
        """The schemas that the models name."""
        named = {table.schema for part in self.metadata for table in part.tables.values()}
        return {schema for schema in named if schema is not None}

    def configure(self, **options: Any) -> None:
        """Configure Alembic's context; `options` name the connection, or the offline dialect."""
        context.configure(
            **{
                "target_metadata": self.metadata,
                "version_table": self.version_table,
                "transaction_per_migration": True,
                "on_version_apply": forget_at_base,
                **options,
            }
        )


def command_options() -> dict[str, Any]:
    """Return what the command hands to `env.py`, such as the function `fn` that it runs."""
    # Alembic has no public name for it: alembic/runtime/environment.py.
    options: dict[str, Any] = vars(context)["_proxy"].context_opts
    return options
