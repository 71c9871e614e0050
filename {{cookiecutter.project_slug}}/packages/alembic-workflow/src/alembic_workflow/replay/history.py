"""The schema that the revisions produce, and the one that the models describe."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationStep
from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import CompileError, DBAPIError
from sqlalchemy.schema import CheckFirst

from alembic_workflow.alembic_internals import command_options, upgrade_steps
from alembic_workflow.catalog.items import Catalog, Item, read_catalog
from alembic_workflow.database.alembic_log import quiet
from alembic_workflow.database.connections import connect, connect_autocommit, reset_settings
from alembic_workflow.database.errors import IN_SCRATCH_DATABASE, explained
from alembic_workflow.database.interruption import cancelled_by_signals
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.replay import cache as replay_cache
from alembic_workflow.sql.identifiers import quoted

UNDEFINED_SCHEMA = "3F000"
Observer = Callable[[MigrationStep], AbstractContextManager[Any]]
"""Called with each revision that is run; its context is open meanwhile."""


@contextmanager
def replayed_history(
    environment: Environment, targets: Iterable[str] = ("heads",)
) -> Iterator[Connection]:
    """Yield a connection to a scratch database to which the history has been applied."""
    server = environment.database().scratch_server
    with scratch_database(server) as url:
        if tuple(targets) == ("heads",):
            _replay_by_cache(environment, server, url)
        with connect(url, environment.service_name) as connection:
            for target in targets:
                replay(environment, connection, target)
            yield connection


def _replay_by_cache(environment: Environment, database: URL, scratch: URL) -> None:
    """Start from a copy of what an earlier run has replayed; keep what took long."""
    digests = replay_cache.digests(context.script, environment.version_table)
    copied = replay_cache.copy_longest(database, scratch, digests)
    if copied == len(digests):
        return
    started = time.monotonic()
    with connect(scratch, environment.service_name) as connection:
        replay(environment, connection)
    if copied or time.monotonic() - started > replay_cache.SECONDS_WORTH_KEEPING:
        replay_cache.keep(database, scratch, digests[-1])


def replay(
    environment: Environment,
    connection: Connection,
    target: str = "heads",
    observe: Observer = lambda step: nullcontext(),
) -> None:
    """Apply the history to a scratch database, from where that is to the target."""

    def steps(heads: Any, _: Any) -> Iterator[MigrationStep]:
        for step in upgrade_steps(target, heads):
            with observe(step):
                yield step
            reset_settings(connection)

    _create_default_schema(connection)
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
                connection.rollback()
                _create_missing_schema(connection, error)
    connection.commit()
    options.update(before)


def _create_missing_schema(connection: Connection, error: DBAPIError) -> None:
    """Create a schema that the history uses and others have made; else raise the error."""
    missing = re.search(r'"(.+)"', str(error.orig).partition("\n")[0])
    if getattr(error.orig, "pgcode", None) != UNDEFINED_SCHEMA or missing is None:
        raise error
    connection.exec_driver_sql(f"CREATE SCHEMA {quoted(missing[1])}")
    connection.commit()


def create_schemas(environment: Environment, connection: Connection) -> None:
    """Create the schemas that the history takes for granted: those it uses and does not create.

    `replay` creates more of them, as it meets them.
    """
    _create_default_schema(connection)
    for schema in environment.schemas & _words_of_history():
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
    connection.commit()


def _create_default_schema(connection: Connection) -> None:
    query = "SELECT current_schemas(false), current_setting('search_path')"
    current, search_path = connection.exec_driver_sql(query).one()
    if not current:
        schema = search_path.split(",")[0].strip().strip('"')
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
    connection.commit()


def _words_of_history() -> set[str]:
    """Return the words of the revisions, a schema among them, if none of them creates a schema."""
    texts = [Path(each.path).read_text("utf-8") for each in context.script.walk_revisions()]
    if any(re.search(r"CREATE\s+SCHEMA|CreateSchema", text, re.I) for text in texts):
        return set()
    return {word for text in texts for word in re.findall(r"\w+", text)}


def history_catalog(environment: Environment, connection: Connection) -> Catalog:
    """Return what a database consists of to which this service's history was applied."""
    return read_catalog(connection, without=[environment.version_table])


def models_catalog(environment: Environment, extensions: Iterable[Item] = ()) -> Catalog:
    """Return what `metadata.create_all` makes in an empty scratch database.

    Takes the extensions to create there first. Raises CommandError if the models cannot be
    created.
    """
    with (
        scratch_database(environment.database().scratch_server) as url,
        connect_autocommit(url, environment.service_name) as connection,
    ):
        _create_models(environment, connection, extensions)
        return read_catalog(connection)


def _create_models(
    environment: Environment, connection: Connection, extensions: Iterable[Item]
) -> None:
    for extension in extensions:
        connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {quoted(extension.name)}")
    for schema in environment.schemas:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
    try:
        for metadata in environment.metadata:
            metadata.create_all(connection, checkfirst=CheckFirst.TYPES)
    except CompileError as error:
        raise CommandError(f"The models cannot be written as SQL: {error}") from None
    except DBAPIError as error:
        raise CommandError(
            f"PostgreSQL refuses the models: {str(error.orig).strip().splitlines()[0]}. Correct "
            "app/models; if it is a type of an extension, first write a revision with empty=1 "
            "that creates the extension."
        ) from None


@contextmanager
def history_and_models(environment: Environment) -> Iterator[tuple[Connection, Catalog, Catalog]]:
    """Yield a connection to the replayed history, its catalog, and the models' catalog."""
    with replayed_history(environment) as connection:
        history = history_catalog(environment, connection)
        yield connection, history, models_catalog(environment, _extensions(history))


def _extensions(catalog: Catalog) -> list[Item]:
    return [item for item in catalog if item.kind == "extension"]
