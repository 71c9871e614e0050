"""Each Alembic command, handed on to what does it; what a service's `migrations/env.py` imports."""

from collections.abc import Callable

from alembic import context
from sqlalchemy import Connection

from alembic_workflow.alembic_internals import autogenerates
from alembic_workflow.command_names import take_runner
from alembic_workflow.database.alembic_log import filter_alembic_noise
from alembic_workflow.database.errors import PRINTED, explained
from alembic_workflow.environment import Database, Environment
from alembic_workflow.upgrade import run as upgrades

__all__ = ["Database", "Environment", "explained", "filter_alembic_noise", "run"]


def run(environment: Environment) -> None:
    """Do what the command asks for; what `env.py` ends with."""
    task: Callable[[Environment], None] | None = context.config.attributes.get("task")
    connection: Connection | None = context.config.attributes.get("connection")
    take_runner(context.config)
    outcome = {"outcome": PRINTED} if context.is_offline_mode() else {}
    with explained(lambda: environment.database().url, **outcome):
        if context.is_offline_mode():
            _print_sql(environment)
        elif task is not None:
            task(environment)
        elif autogenerates():
            # Not needed for upgrades, which is what production runs.
            from alembic_workflow.autogenerate.run import autogenerate

            autogenerate(environment)
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
