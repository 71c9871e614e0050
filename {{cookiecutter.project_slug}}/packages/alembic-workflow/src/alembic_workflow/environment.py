"""What `env.py` hands to the workflow, and what then happens for each command."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from alembic import context
from sqlalchemy import URL, Connection, MetaData

from alembic_workflow import server_defaults
from alembic_workflow.adoption import forget_at_base
from alembic_workflow.rendering import render_item


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
                "compare_type": True,
                "compare_server_default": True,
                "autogenerate_plugins": [
                    "alembic.autogenerate.*",
                    "alembic.ext.checkconstraint_byname",
                    server_defaults.PLUGIN,
                ],
                "render_item": render_item,
                "on_version_apply": forget_at_base,
                **options,
            }
        )


def command_options() -> dict[str, Any]:
    """Return what the command hands to `env.py`, such as the function `fn` that it runs."""
    # Alembic has no public name for it: alembic/runtime/environment.py.
    options: dict[str, Any] = vars(context)["_proxy"].context_opts
    return options


def reject_duplicate_revisions() -> None:
    """Alembic only warns of two files with one revision id, and takes either."""
    warnings.filterwarnings("error", message="Revision .* is present more than once")


def run(environment: Environment) -> None:
    """Do what the command asks for; what `env.py` ends with."""
    # Imported late, since they build on what is above.
    from alembic_workflow import autogenerate, upgrades
    from alembic_workflow.errors import PRINTED, explained

    task: Callable[[Environment], None] | None = context.config.attributes.get("task")
    connection: Connection | None = context.config.attributes.get("connection")
    reject_duplicate_revisions()
    outcome = {"outcome": PRINTED} if context.is_offline_mode() else {}
    with explained(lambda: environment.urls().database, **outcome):
        if context.is_offline_mode():
            _print_sql(environment)
        elif task is not None:
            task(environment)
        elif autogenerate.is_wanted():
            autogenerate.run(environment)
        elif connection is not None:
            environment.configure(connection=connection)
            context.run_migrations()
        else:
            upgrades.run(environment)


def _print_sql(environment: Environment) -> None:
    environment.configure(
        dialect_name="postgresql", literal_binds=True, dialect_opts={"paramstyle": "named"}
    )
    with context.begin_transaction():
        context.run_migrations()
