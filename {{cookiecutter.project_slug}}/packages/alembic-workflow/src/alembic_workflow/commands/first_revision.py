"""The first revision of an adopted database, written from its catalog."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.catalog.column_text import for_new_table
from alembic_workflow.catalog.creation import creation, rank, removal, table_words
from alembic_workflow.catalog.extras.extra import Extra
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.catalog.partitions import Partition
from alembic_workflow.database.connections import connect
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.sql.identifiers import name, quoted
from alembic_workflow.sql.text import as_driver_sql, without_parameters


class Step(NamedTuple):
    """A statement, and the one that undoes it, or nothing if it goes with its table."""

    item: Item | Extra
    statement: str
    undo: str = ""


class LeftOut(NamedTuple):
    """What a first revision does not make, and PostgreSQL's reason."""

    item: Item | Extra
    reason: str


def write_first_revision(
    environment: Environment,
    live: Catalog,
    partitions: Sequence[Partition],
    extras: Sequence[Extra],
    revision: str,
) -> list[LeftOut]:
    """Write a revision of this id that makes what the catalog describes, and what is in none.

    It is tried in a scratch database. Returns what it leaves out, because that needs what is not
    the service's own: foreign keys to tables of others, functions, views. Raises CommandError if
    anything else cannot be made.
    """
    with (
        scratch_database(environment.database().scratch_server) as url,
        connect(url, environment.service_name) as connection,
    ):
        made, left_out = _tried(connection, _steps(live, partitions, extras))
    context.script.generate_revision(
        revision,
        "existing schema",
        refresh=True,
        upgrades=_body(step.statement for step in made),
        downgrades=_body(step.undo for step in reversed(made)),
    )
    return left_out


def _tried(connection: Connection, all_steps: Iterable[Step]) -> tuple[list[Step], list[LeftOut]]:
    """Return the steps that work, in an order in which they do, and what the others are of."""
    made: list[Step] = []
    pending = list(all_steps)
    while pending:
        refused: list[tuple[Step, DBAPIError]] = []
        for _, alike in groupby(pending, key=_kind):
            steps = list(alike)
            # Usually all of a kind can be made, which is faster at once.
            if len(steps) > 1 and _refusal(connection, steps) is None:
                made += steps
                continue
            for step in steps:
                if (error := _refusal(connection, [step])) is None:
                    made.append(step)
                else:
                    refused.append((step, error))
        if len(refused) == len(pending):
            break
        pending = [step for step, _ in refused]
    else:
        refused = []
    for step, refusal in refused:
        is_model = isinstance(step.item, Item) and KINDS[step.item.kind].in_models
        if is_model and "FOREIGN KEY" not in step.statement:
            raise CommandError(
                f"The {step.item} of the database cannot be made in a scratch database: "
                f"{_reason(refusal)}. Write the revision by hand, and "
                "stamp the database with it."
            ) from None
    return made, [LeftOut(step.item, _reason(refusal)) for step, refusal in refused]


def _kind(step: Step) -> str:
    return step.item.kind if isinstance(step.item, Item) else step.item.label


def _refusal(connection: Connection, steps: Sequence[Step]) -> DBAPIError | None:
    """Run the statements, or none of them and return why."""
    statements = ";\n".join(step.statement for step in steps)
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(as_driver_sql(statements))
    except DBAPIError as error:
        return error
    return None


def _reason(refusal: DBAPIError) -> str:
    return str(refusal.orig).strip().splitlines()[0]


def _steps(
    catalog: Catalog, partitions: Sequence[Partition], extras: Sequence[Extra]
) -> Iterator[Step]:
    named = {item.schema for item in (*catalog, *(part.item for part in partitions))}
    for schema in sorted((named | {extra.schema for extra in extras}) - {"", "public"}):
        statement = f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"
        yield Step(Item("schema", "", "", schema), statement)
    if any(item.kind == "function" for item in catalog):
        # As pg_dump does: a function may call another one, or read a table.
        yield Step(
            Item("function", "", "", ""), "SELECT set_config('check_function_bodies', 'off', true)"
        )
    columns: dict[Item | None, list[str]] = {}

    def is_foreign(item: Item) -> bool:
        table = item.parent if item.kind == "comment on table" else item
        return catalog.get(table or item, "").startswith("FOREIGN TABLE")

    for item, definition in _of_kind(catalog, "column"):
        columns.setdefault(item.parent, []).append(
            f"    {name(item.name)} {for_new_table(definition)}"
        )
    parts: dict[Item, list[Partition]] = {}
    for part in partitions:
        parts.setdefault(part.parent, []).append(part)
    ordered = sorted(
        (item for item in catalog if KINDS[item.kind].order is not None and not is_foreign(item)),
        key=lambda item: rank(item, catalog[item]),
    )
    for item in ordered:
        qualified, definition = name(item.schema, item.name), catalog[item]
        if item.kind == "table":
            words = table_words(definition)
            body = ",\n".join(columns.get(item, []))
            statement = f"CREATE {words.prefix}TABLE {qualified} (\n{body}\n){words.options}"
            yield Step(item, statement, f"DROP TABLE {qualified}")
            for change in words.changes:
                yield Step(item, f"ALTER TABLE {qualified} {change}")
            # They go with it, and get the keys and indexes that it is given later.
            yield from (Step(part.item, part.statement) for part in _of(item, parts))
        elif item.parent is None or definition.startswith("FOREIGN KEY"):
            yield Step(item, creation(item, definition), removal(item, definition))
        else:
            yield Step(item, creation(item, definition))
    for item, definition in _of_kind(catalog, "sequence"):
        if " OWNED BY " in definition:
            qualified, owner = name(item.schema, item.name), definition.rpartition(" OWNED BY ")[2]
            statement = f"ALTER SEQUENCE {qualified} OWNED BY {owner}"
            yield Step(item, statement, f"ALTER SEQUENCE {qualified} OWNED BY NONE")
    for extra in extras:
        if extra.statement:
            yield Step(extra, extra.statement, extra.undo)


def _of(table: Item, parts: Mapping[Item, Sequence[Partition]]) -> Iterator[Partition]:
    for part in parts.get(table, ()):
        yield part
        yield from _of(part.item, parts)


def _of_kind(catalog: Catalog, kind: str) -> list[tuple[Item, str]]:
    return [(item, text) for item, text in catalog.items() if item.kind == kind]


def _body(statements: Iterable[str]) -> str:
    operations: Sequence[str] = [f"op.execute({_source(each)})" for each in statements if each]
    return "\n".join(operations).replace("\n", "\n    ")


def _source(statement: str) -> str:
    """Return a literal of Python for each line: those of a function's body have to stay."""
    return "\n".join(map(repr, without_parameters(statement).splitlines(keepends=True)))
