"""Operations for what autogenerate does not see, in PostgreSQL's own words."""

import re
from collections.abc import Iterable, Iterator

from alembic_workflow.autogenerate.directives import NoteOperation, SQLOperation
from alembic_workflow.catalog.creation import creation, removal
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.identifiers import name

_SEQUENCE_DEFAULTS = {
    "START": "START 1",
    "INCREMENT": "INCREMENT 1",
    "MINVALUE": "NO MINVALUE",
    "MAXVALUE": "NO MAXVALUE",
    "CACHE": "CACHE 1",
    "CYCLE": "NO CYCLE",
}


def operations_before(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what has to be there before autogenerate's own operations: new sequences.

    One that is owned by a column is made with that column.
    """
    for item, expected, found in differences:
        if item.kind != "sequence" or found is not None or expected is None:
            continue
        if " OWNED BY " not in expected:
            drop = f"DROP SEQUENCE {name(item.schema, item.name)}"
            yield SQLOperation(creation(item, expected), drop)


def operations_after(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what changes the rest, as far as one statement can: first all drops, then all adds."""
    differences = list(differences)
    yield from (_identity(each) for each in differences if _is_identity_change(each))
    changes = [difference for difference in differences if _is_one_statement(difference)]
    for item, _, found in changes:
        if found is not None and item.kind != "sequence":
            yield made(item, found).reverse()
    for item, expected, found in changes:
        if item.kind == "sequence":
            yield _sequence(item, expected, found)
        elif expected is not None:
            yield made(item, expected)


def notes(differences: Iterable[Difference]) -> Iterator[NoteOperation]:
    """Yield a comment for each difference that no operation here removes."""
    for item, expected, found in differences:
        advice = (
            f"Write by hand: {item}: expected {expected or 'nothing'}, found {found or 'nothing'}"
        )
        yield NoteOperation(f"{advice}. {KINDS[item.kind].advice}".rstrip())


def _is_one_statement(difference: Difference) -> bool:
    if difference.item.kind != "column":
        return KINDS[difference.item.kind].is_one_statement
    # No rows are lost with a generated column.
    definitions = (difference.expected or "", difference.found or "")
    return all("GENERATED ALWAYS AS (" in definition for definition in definitions)


def made(item: Item, definition: str) -> SQLOperation:
    """Return the operation that creates what a catalog describes, and its undoing."""
    return SQLOperation(creation(item, definition), removal(item, definition))


_IDENTITY = re.compile(r" GENERATED (ALWAYS|BY DEFAULT) AS IDENTITY(?: \(([^)]*)\))?")


def _is_identity_change(difference: Difference) -> bool:
    item, expected, found = difference
    if item.kind != "column" or expected is None or found is None:
        return False
    parts = [_IDENTITY.split(definition, maxsplit=1) for definition in (expected, found)]
    return all(len(part) > 1 for part in parts) and parts[0][::3] == parts[1][::3]


def _identity(difference: Difference) -> SQLOperation:
    item, expected, found = difference

    def statement(definition: str | None) -> str:
        match = _IDENTITY.search(definition or "")
        assert match is not None
        given = match[2] or ""
        options = [option for word, option in _SEQUENCE_DEFAULTS.items() if word not in given]
        changes = re.findall(r"[A-Z]+ -?\d+|CYCLE", given) + options
        return (
            f"ALTER TABLE {name(item.schema, item.table)} ALTER COLUMN {name(item.name)} "
            f"SET GENERATED {match[1]} " + " ".join(f"SET {change}" for change in changes)
        )

    return SQLOperation(statement(expected), statement(found))


def _sequence(item: Item, expected: str | None, found: str | None) -> SQLOperation:
    def statement(after: str | None, before: str | None) -> str:
        target = name(item.schema, item.name)
        if after is None:
            return f"DROP SEQUENCE {target}"
        if before is None:
            return f"CREATE SEQUENCE {target} {after.removeprefix('SEQUENCE ')}"
        options, _, owner = after.removeprefix("SEQUENCE ").partition(" OWNED BY ")
        unchanged = [option for word, option in _SEQUENCE_DEFAULTS.items() if word not in options]
        return " ".join(
            [f"ALTER SEQUENCE {target}", options, *unchanged, f"OWNED BY {owner or 'NONE'}"]
        )

    return SQLOperation(statement(expected, found), statement(found, expected))
