"""The first revision of an adopted database, written from its catalog."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.catalog.creation import creation, removal
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.database.connections import connect
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.sql.identifiers import name, quoted
from alembic_workflow.sql.text import without_parameters


class Step(NamedTuple):
    """A statement, and the one that undoes it, or nothing if it goes with its table."""

    item: Item
    statement: str
    undo: str = ""


def write_first_revision(environment: Environment, live: Catalog, revision: str) -> list[Item]:
    """Write a revision of this id that makes what the catalog describes.

    It is tried in a scratch database. Returns what it leaves out, because that needs what is not
    the service's own: foreign keys to tables of others, functions, views. Raises CommandError if
    anything else cannot be made.
    """
    with (
        scratch_database(environment.database().scratch_server) as url,
        connect(url, environment.service_name) as connection,
    ):
        made, left_out = _tried(connection, _steps(live))
    context.script.generate_revision(
        revision,
        "existing schema",
        refresh=True,
        upgrades=_body(step.statement for step in made),
        downgrades=_body(step.undo for step in reversed(made)),
    )
    return left_out


def _tried(connection: Connection, steps: Iterable[Step]) -> tuple[list[Step], list[Item]]:
    made, left_out = [], []
    for step in steps:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(step.statement.replace("%", "%%"))
            made.append(step)
        except DBAPIError as error:
            if step.item.kind not in ("function", "view") and "FOREIGN KEY" not in step.statement:
                raise CommandError(
                    f"The {step.item} of the database cannot be made in a scratch database: "
                    f"{str(error.orig).strip().splitlines()[0]}. Write the revision by hand, and "
                    "stamp the database with it."
                ) from None
            left_out.append(step.item)
    return made, left_out


def _steps(catalog: Catalog) -> Iterator[Step]:
    for schema in sorted({item.schema for item in catalog} - {"", "public"}):
        statement = f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"
        yield Step(Item("schema", "", "", schema), statement)
    ordered = sorted(
        (item for item in catalog if KINDS[item.kind].order is not None),
        key=lambda item: (KINDS[item.kind].order, catalog[item].startswith("FOREIGN KEY")),
    )
    for item in ordered:
        qualified, definition = name(item.schema, item.name), catalog[item]
        if item.kind == "table":
            columns = ",\n".join(
                f"    {name(column.name)} {text}"
                for column, text in _of_kind(catalog, "column")
                if column.parent == item
            )
            statement = f"CREATE TABLE {qualified} (\n{columns}\n)"
            yield Step(item, statement, f"DROP TABLE {qualified}")
        elif item.kind == "enum":
            yield Step(item, creation(item, definition), f"DROP TYPE {qualified}")
        elif item.parent is None or definition.startswith("FOREIGN KEY"):
            yield Step(item, creation(item, definition), removal(item, definition))
        else:
            yield Step(item, creation(item, definition))
    for item, definition in _of_kind(catalog, "sequence"):
        if " OWNED BY " in definition:
            qualified, owner = name(item.schema, item.name), definition.rpartition(" OWNED BY ")[2]
            statement = f"ALTER SEQUENCE {qualified} OWNED BY {owner}"
            yield Step(item, statement, f"ALTER SEQUENCE {qualified} OWNED BY NONE")


def _of_kind(catalog: Catalog, kind: str) -> list[tuple[Item, str]]:
    return [(item, text) for item, text in catalog.items() if item.kind == kind]


def _body(statements: Iterable[str]) -> str:
    operations: Sequence[str] = [f"op.execute({_source(each)})" for each in statements if each]
    return "\n".join(operations).replace("\n", "\n    ")


def _source(statement: str) -> str:
    """Return a literal of Python, on the lines that the statement has."""
    text = without_parameters(statement)
    if "\n" not in text or "\\" in text or '"""' in text:
        return repr(text)
    indented = text.replace("\n", "\n    ")
    return f'"""\n    {indented}\n"""'
