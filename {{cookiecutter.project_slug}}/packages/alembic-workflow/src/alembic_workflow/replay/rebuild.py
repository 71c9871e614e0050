"""A scratch database rebuilt from the catalog of a live one."""

from collections.abc import Iterator

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.alembic_internals import command_options, stamp_steps
from alembic_workflow.catalog.creation import creation
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.environment import Environment
from alembic_workflow.sql.identifiers import name, quoted


def rebuild(connection: Connection, catalog: Catalog) -> None:
    """Make in an empty scratch database what the catalog describes, as far as it stands alone.

    What may need the tables of another service is left out if it does: functions, views, foreign
    keys. Raises CommandError if anything else cannot be made.
    """
    for schema in sorted({item.schema for item in catalog} - {"", "public"}):
        connection.exec_driver_sql(f"CREATE SCHEMA {quoted(schema)}")
    for item, statement in _statements(catalog):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement.replace("%", "%%"))
        except DBAPIError as error:
            if item.kind not in ("function", "view") and "FOREIGN KEY" not in catalog[item]:
                raise CommandError(
                    f"The {item} of the database cannot be made in a scratch database: "
                    f"{str(error.orig).strip().splitlines()[0]}. Write the revision by hand, and "
                    "make stamp."
                ) from None
    connection.commit()


def _statements(catalog: Catalog) -> Iterator[tuple[Item, str]]:
    ordered = sorted(
        (item for item in catalog if KINDS[item.kind].order is not None),
        key=lambda item: (KINDS[item.kind].order, catalog[item].startswith("FOREIGN KEY")),
    )
    for item in ordered:
        if item.kind == "table":
            columns = ", ".join(
                f"{name(column.name)} {text}"
                for column, text in _of_kind(catalog, "column")
                if column.parent == item
            )
            yield item, f"CREATE TABLE {name(item.schema, item.name)} ({columns})"
        else:
            yield item, creation(item, catalog[item])
    for item, definition in _of_kind(catalog, "sequence"):
        if " OWNED BY " in definition:
            owner = definition.rpartition(" OWNED BY ")[2]
            yield item, f"ALTER SEQUENCE {name(item.schema, item.name)} OWNED BY {owner}"


def _of_kind(catalog: Catalog, kind: str) -> list[tuple[Item, str]]:
    return [(item, text) for item, text in catalog.items() if item.kind == kind]


def stamp_scratch(environment: Environment, connection: Connection) -> None:
    """Record all revisions as applied to the scratch database."""
    options = command_options()
    command = options["fn"]
    environment.configure(
        connection=connection,
        fn=lambda heads, _: stamp_steps(heads),
        dont_mutate=False,
    )
    context.run_migrations()
    connection.commit()
    options["fn"] = command
