"""Operations for what autogenerate does not see, in PostgreSQL's own words."""

from collections.abc import Iterable, Iterator

from alembic_workflow.autogenerate.changes.columns import (
    SEQUENCE_DEFAULTS,
    column_operations,
    made,
)
from alembic_workflow.autogenerate.changes.tables import table_operations
from alembic_workflow.autogenerate.directives import NoteOperation, SQLOperation
from alembic_workflow.catalog.creation import rank
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.identifiers import name


def operations_before(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what has to be there before autogenerate's own operations, such as types.

    A sequence that is owned by a column is made with that column.
    """
    for item, expected, found in sorted(differences, key=_rank):
        if expected is None or found is not None or not KINDS[item.kind].before_tables:
            continue
        if " OWNED BY " not in expected or item.kind != "sequence":
            yield made(item, expected)


def operations_after(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what changes the rest, as far as one statement can: first all drops, then all adds."""
    differences = list(differences)
    yield from table_operations(differences)
    yield from column_operations(differences)
    changes = [
        each
        for each in sorted(differences, key=_rank)
        if each.item.kind not in ("column", "enum") and KINDS[each.item.kind].is_one_statement
    ]
    for item, _, found in reversed(changes):
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


def _sequence(item: Item, expected: str | None, found: str | None) -> SQLOperation:
    def statement(after: str | None, before: str | None) -> str:
        target = name(item.schema, item.name)
        if after is None:
            return f"DROP SEQUENCE {target}"
        if before is None:
            return f"CREATE SEQUENCE {target} {after.removeprefix('SEQUENCE ')}"
        options, _, owner = after.removeprefix("SEQUENCE ").partition(" OWNED BY ")
        unchanged = [option for word, option in SEQUENCE_DEFAULTS.items() if word not in options]
        return " ".join(
            [f"ALTER SEQUENCE {target}", options, *unchanged, f"OWNED BY {owner or 'NONE'}"]
        )

    return SQLOperation(statement(expected, found), statement(found, expected))


def _rank(difference: Difference) -> int:
    return rank(difference.item, difference.expected or difference.found or "")
