"""The schema that the revisions produce, and the one that the models describe."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationStep, RevisionStep
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.alembic_internals import command_options, upgrade_steps
from alembic_workflow.catalog.items import Catalog, read_catalog
from alembic_workflow.database.alembic_log import quiet
from alembic_workflow.database.connections import connect, reset_settings
from alembic_workflow.database.errors import IN_SCRATCH_DATABASE, explained
from alembic_workflow.database.interruption import cancelled_by_signals
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.replay.heads import reject_long_ids
from alembic_workflow.replay.models import models_catalog, models_with_extensions
from alembic_workflow.replay.schemas import create_default_schema, create_schema, missing_schema

Observer = Callable[[MigrationStep], AbstractContextManager[Any]]
"""Called with each revision that is run; its context is open meanwhile."""
Detour = Callable[[MigrationStep], Iterable[MigrationStep]]
"""Called with each revision that was run; returns what to run before the next."""


@contextmanager
def replayed_history(
    environment: Environment,
    targets: Iterable[str] = ("heads",),
    observe: Observer = lambda step: nullcontext(),
) -> Iterator[Connection]:
    """Yield a connection to a scratch database to which the history has been applied."""
    with (
        scratch_database(environment.database().scratch_server) as url,
        connect(url, environment.service_name) as connection,
    ):
        for target in targets:
            replay(environment, connection, target, observe)
        yield connection


def replay(
    environment: Environment,
    connection: Connection,
    target: str = "heads",
    observe: Observer = lambda step: nullcontext(),
    detour: Detour = lambda step: (),
) -> None:
    """Apply the history to a scratch database, from where that is to the target."""

    def steps(heads: Any, _: Any) -> Iterator[MigrationStep]:
        for step in upgrade_steps(target, heads):
            for each in (step, *detour(step)):
                if isinstance(each, RevisionStep):
                    reject_long_ids([each.revision])
                with observe(each):
                    yield each
                reset_settings(connection)

    create_default_schema(connection)
    options = command_options()
    before = {name: options.get(name) for name in ("fn", "dont_mutate")}
    with (
        quiet("alembic.runtime.migration", "alembic.workflow"),
        cancelled_by_signals(connection),
        explained(lambda: connection.engine.url, outcome=IN_SCRATCH_DATABASE),
    ):
        while True:
            environment.configure(connection=connection, fn=steps, dont_mutate=False)
            try:
                context.run_migrations()
                break
            except DBAPIError as error:
                if (schema := missing_schema(error)) is None:
                    raise
                connection.rollback()
                create_schema(connection, schema)
    connection.commit()
    options.update(before)


def history_catalog(environment: Environment, connection: Connection) -> Catalog:
    """Return what a database consists of to which this service's history was applied."""
    return read_catalog(connection, without=[environment.version_table])


@contextmanager
def history_and_models(
    environment: Environment, observe: Observer = lambda step: nullcontext()
) -> Iterator[tuple[Connection, Catalog, Catalog]]:
    """Yield a connection to the replayed history, its catalog, and the models' catalog.

    While a database is adopted, the models may need what only that has.
    """
    adopted: Catalog = context.config.attributes.get("adopted", {})
    if not _makes_extensions():
        # Before there is a history: when the models' database is dropped, the server writes to the
        # disk what it has of all others, file by file.
        models_with_extensions(environment, adopted)
    with replayed_history(environment, observe=observe) as connection:
        history = history_catalog(environment, connection)
        yield connection, history, models_catalog(environment, adopted | history)


def _makes_extensions() -> bool:
    """Return whether a revision may make an extension, which the models are to get."""
    paths = (Path(each.path) for each in context.script.walk_revisions())
    return any(b"EXTENSION" in path.read_bytes().upper() for path in paths)
