"""The schema that the models describe, in a scratch database of its own."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.named_types import NamedType
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CheckFirst

from alembic_workflow.catalog.creation import creation, rank, removal
from alembic_workflow.catalog.items import Catalog, Item, read_catalog
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.database.connections import connect_autocommit
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.replay.mapping import table_refusal
from alembic_workflow.sql.identifiers import quoted
from alembic_workflow.sql.text import as_driver_sql


def models_catalog(environment: Environment, known: Mapping[Item, str]) -> Catalog:
    """Return what `metadata.create_all` makes in an empty scratch database.

    Takes what the history, or a live database, has. Of that, the models get what they need and
    cannot say: extensions, and if they cannot be made otherwise, functions, domains and the like.
    A command that needs it several times hands on the attribute `models` of the configuration.
    Raises CommandError if the models cannot be created.
    """
    usable = {
        item: text
        for item, text in known.items()
        if KINDS[item.kind].before_tables and " OWNED BY " not in text.splitlines()[0]
    }
    made: dict[frozenset[tuple[Item, str]], Catalog] = context.config.attributes.get("models", {})
    key = frozenset(usable.items())
    if key not in made:
        made[key] = _made(environment, usable)
    return made[key]


def _made(environment: Environment, usable: Mapping[Item, str]) -> Catalog:
    extensions = {item: text for item, text in usable.items() if item.kind == "extension"}
    try:
        return _catalog(environment, extensions)
    except DBAPIError:
        pass  # the server says what is missing one by one, and not always by its name
    try:
        return _catalog(environment, usable)
    except DBAPIError as error:
        doing = " ".join((error.statement or "").partition("(")[0].split())
        reason = str(error.orig).strip().splitlines()[0]
        raise CommandError(
            f"PostgreSQL refuses the models: {reason}, in {doing}. Correct them; or if they need "
            "what a model cannot say, such as an extension or a function, first write a revision "
            "that creates it."
        ) from None


def _catalog(environment: Environment, known: Mapping[Item, str]) -> Catalog:
    with (
        scratch_database(environment.database().scratch_server) as url,
        connect_autocommit(url, environment.service_name) as connection,
    ):
        for schema in environment.schemas | {item.schema for item in known if item.schema}:
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        default = connection.dialect.default_schema_name
        types = list(_named_types(environment))
        said = {(each.schema or default, each.name) for each in types}
        unsaid = {i: t for i, t in known.items() if (i.schema, i.name) not in said}
        made = _make(connection, unsaid)
        if pending := {item: text for item, text in unsaid.items() if item not in made}:
            # A function may take an enum of the models, and a domain be one.
            for each in types:
                with suppress(DBAPIError):
                    each.create(connection, checkfirst=True)
            made |= _make(connection, pending)
        try:
            for metadata in environment.metadata:
                metadata.create_all(connection, checkfirst=CheckFirst.TYPES)
        except DBAPIError:
            raise
        except SQLAlchemyError as error:
            raise CommandError(table_refusal(environment, error)) from None
        _drop_unused(connection, made)
        return read_catalog(connection)


def _make(connection: Connection, known: Mapping[Item, str]) -> dict[Item, str]:
    """Make what can be made without tables, in whatever order it goes, and return that."""
    connection.exec_driver_sql("SET check_function_bodies = off")
    made: dict[Item, str] = {}
    pending = dict(sorted(known.items(), key=lambda each: rank(*each)))
    is_going_on = True
    while pending and is_going_on:
        done = {i: t for i, t in pending.items() if _works(connection, creation(i, t))}
        pending = {item: text for item, text in pending.items() if item not in done}
        made |= done
        is_going_on = bool(done)
    return made


def _drop_unused(connection: Connection, made: Mapping[Item, str]) -> None:
    """Drop what the models do not need: they do not describe it."""
    pending = dict(made)
    is_going_on = True
    while pending and is_going_on:
        dropped = [i for i, t in pending.items() if _works(connection, removal(i, t))]
        pending = {item: text for item, text in pending.items() if item not in dropped}
        is_going_on = bool(dropped)


def _works(connection: Connection, statement: str) -> bool:
    try:
        connection.exec_driver_sql(as_driver_sql(statement))
    except DBAPIError:
        return False
    return True


def _named_types(environment: Environment) -> Iterator[Any]:
    """Yield the enums and domains that the models describe."""
    for metadata in environment.metadata:
        for table in metadata.tables.values():
            for column in table.columns:
                kind = getattr(column.type, "item_type", column.type)
                if isinstance(kind, NamedType) or getattr(kind, "native_enum", False):
                    yield kind
