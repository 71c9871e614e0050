"""Changes of columns that get their values from other columns, or count."""

import re
from collections.abc import Iterable, Iterator

from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.creation import creation, removal
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.sql.identifiers import dotted, literal, name

SEQUENCE_DEFAULTS = {
    "START": "START 1",
    "INCREMENT": "INCREMENT 1",
    "MINVALUE": "NO MINVALUE",
    "MAXVALUE": "NO MAXVALUE",
    "CACHE": "CACHE 1",
    "CYCLE": "NO CYCLE",
}
_IDENTITY = re.compile(r"GENERATED (?P<when>ALWAYS|BY DEFAULT) AS IDENTITY(?: \((?P<how>[^)]*)\))?")


def made(item: Item, definition: str) -> SQLOperation:
    """Return the operation that creates what a catalog describes, and its undoing."""
    return SQLOperation(creation(item, definition), removal(item, definition))


def column_operations(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what changes how columns get their values, where Alembic cannot."""
    differences = list(differences)
    for difference in differences:
        item, expected, found = difference
        if item.kind != "column" or expected is None:
            continue
        wanted, there = column_text(expected), column_text(found or "")
        if wanted.is_computed or there.is_computed:
            yield from _computed(item, expected, found)
        elif found is None:
            continue
        elif wanted.is_unvalidated and not there.is_required:
            table = f"ALTER TABLE {name(item.schema, item.table)}"
            rule = f"{table} ADD NOT NULL {name(item.name)} NOT VALID"
            yield SQLOperation(rule, f"{table} ALTER COLUMN {name(item.name)} DROP NOT NULL")
        elif wanted.is_identity and there.is_identity:
            yield _identity(difference)
        elif wanted.is_identity:
            yield from _to_identity(item, expected, _sequence_of(item, there.default, differences))
        elif there.is_identity:
            sequence = _sequence_of(item, wanted.default, differences)
            yield from _backwards(_to_identity(item, found, sequence))
        elif there.is_serial and wanted.default is None:
            yield from _serial_to_plain(item, there.default or "")
        elif wanted.is_serial and there.default is None:
            yield from _backwards(_serial_to_plain(item, wanted.default or ""))


def _computed(item: Item, expected: str, found: str | None) -> Iterator[SQLOperation]:
    """Yield what makes a generated column, or a plain one of it; its rows can be computed again."""
    if found is None:
        yield made(item, expected)
        return
    wanted, there = column_text(expected), column_text(found)
    if wanted.is_computed and there.is_computed:
        yield made(item, found).reverse()
        yield made(item, expected)
    elif wanted.is_computed:
        yield _plain_to_computed(item, found, expected)
    else:
        yield _plain_to_computed(item, expected, found).reverse()


def _plain_to_computed(item: Item, plain: str, computed: str) -> SQLOperation:
    again = f"DROP COLUMN {name(item.name)}, ADD COLUMN {name(item.name)}"
    back = f"{again} {plain}"
    if computed.endswith("STORED"):
        back = f"ALTER COLUMN {name(item.name)} DROP EXPRESSION"
    table = f"ALTER TABLE {name(item.schema, item.table)}"
    return SQLOperation(f"{table} {again} {computed}", f"{table} {back}")


def _sequence_of(
    column: Item, default: str | None, differences: Iterable[Difference]
) -> tuple[Item, str, str] | None:
    """Return the sequence that the column owns, its definition, and the column's default."""
    owner = [column.schema, column.table, column.name]
    for item, expected, found in differences:
        definition = expected or found or ""
        if item.kind != "sequence" or default is None:
            continue
        if dotted(definition.partition(" OWNED BY ")[2]) == owner:
            return item, definition, default
    return None


def _to_identity(
    item: Item, definition: str, sequence: tuple[Item, str, str] | None
) -> Iterator[SQLOperation]:
    """Yield what lets a column count by itself, from where its sequence has come to."""
    column = f"ALTER TABLE {name(item.schema, item.table)} ALTER COLUMN {name(item.name)}"
    count_on = _count_on(item)
    if sequence is not None:
        old, options, default = sequence
        yield SQLOperation("", count_on)
        yield SQLOperation(f"{column} DROP DEFAULT", f"{column} SET DEFAULT {default}")
        made_again = f"CREATE SEQUENCE {name(old.schema, old.name)}"
        yield SQLOperation(
            f"DROP SEQUENCE {name(old.schema, old.name)}",
            f"{made_again} {options.removeprefix('SEQUENCE ')}",
        )
    generated = column_text(definition).generated
    yield SQLOperation(f"{column} ADD {generated}", f"{column} DROP IDENTITY")
    yield SQLOperation(count_on, "")


def _serial_to_plain(item: Item, default: str) -> Iterator[SQLOperation]:
    column = f"ALTER TABLE {name(item.schema, item.table)} ALTER COLUMN {name(item.name)}"
    yield SQLOperation("", _count_on(item))
    yield SQLOperation(f"{column} DROP DEFAULT", f"{column} SET DEFAULT {default}")


def _count_on(item: Item) -> str:
    """Return the statement after which the column's own sequence gives what no row has."""
    target = name(item.schema, item.table)
    counter = f"pg_get_serial_sequence({literal(target)}, {literal(item.name)})"
    highest = f"coalesce(max({name(item.name)}), 0)"
    return f"SELECT setval({counter}, {highest} + 1, false) FROM {target}"


def _backwards(operations: Iterable[SQLOperation]) -> Iterator[SQLOperation]:
    return (each.reverse() for each in reversed(list(operations)))


def _identity(difference: Difference) -> SQLOperation:
    item, expected, found = difference

    def statement(definition: str | None) -> str:
        match = _IDENTITY.search(definition or "")
        assert match is not None
        given = match["how"] or ""
        options = [option for word, option in SEQUENCE_DEFAULTS.items() if word not in given]
        changes = re.findall(r"[A-Z]+ -?\d+|CYCLE", given) + options
        return (
            f"ALTER TABLE {name(item.schema, item.table)} ALTER COLUMN {name(item.name)} "
            f"SET GENERATED {match['when']} " + " ".join(f"SET {change}" for change in changes)
        )

    return SQLOperation(statement(expected), statement(found))
