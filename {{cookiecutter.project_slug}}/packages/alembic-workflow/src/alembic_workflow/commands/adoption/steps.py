"""The statements that make what a catalog describes, in an order in which they can be tried."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from alembic_workflow.catalog.column_text import for_new_table
from alembic_workflow.catalog.creation import creation, rank, removal, table_words, without_state
from alembic_workflow.catalog.extras.extra import Extra
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.catalog.partitions import Partition
from alembic_workflow.sql.identifiers import name, quoted


class Step(NamedTuple):
    """A statement, and the one that undoes it, or nothing if it goes with its table."""

    item: Item | Extra
    statement: str
    undo: str = ""


def steps_of(
    catalog: Catalog, partitions: Sequence[Partition], extras: Sequence[Extra]
) -> Iterator[Step]:
    """Yield what makes the things, their partitions and extras; schemas and functions first."""
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
        if item.kind in ("constraint", "index"):
            definition = without_state(definition)
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
