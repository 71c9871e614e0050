"""Comparison of definitions that came different ways.

PostgreSQL prints an expression from a tree, and reads what it printed as another tree, which it
prints otherwise: `state IN ('a')` on a varchar becomes `= ANY ((ARRAY['a'::varchar])::text[])`, and
that, read again, `= ANY (ARRAY[('a'::varchar)::text])`. So a text that was printed says the same as
another one if both, read and printed until that changes nothing, come to the same text. No kind of
object is compared without this, and no form of an expression is recognised by its looks.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.catalog.creation import creation, renamed
from alembic_workflow.catalog.items import Catalog, Difference, Item, compare, read_catalog
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.text import as_driver_sql

_ROUNDS = 3  # the second changes nothing that is known


def differences(
    connection: Connection,
    expected: Mapping[Item, str],
    found: Mapping[Item, str],
    *,
    names_too: bool = False,
) -> list[Difference]:
    """Return how the catalogs differ, as `compare` does, whatever way their texts came.

    Takes a connection to a scratch database that has the tables of one of the two; what is made
    there is rolled back.
    """
    return same_way(connection, compare(expected, found, names_too=names_too))


def same_way(connection: Connection, compared: Sequence[Difference]) -> list[Difference]:
    """Return the differences that are left once both texts have come the same way."""
    left = {each.item: each for each in compared}
    pending = {each.item: each for each in compared if _may_say_the_same(each)}
    for _ in range(_ROUNDS):
        if not pending:
            break
        expected = _printed_again(connection, {i: d.expected or "" for i, d in pending.items()})
        found = _printed_again(connection, {i: d.found or "" for i, d in pending.items()})
        again = {i: Difference(i, expected[i], found[i]) for i in pending}
        left |= again
        pending = {i: d for i, d in again.items() if d != pending[i] and d.expected != d.found}
    return [each for each in left.values() if each.expected != each.found]


def _may_say_the_same(difference: Difference) -> bool:
    is_changed = None not in (difference.expected, difference.found)
    return is_changed and KINDS[difference.item.kind].has_expressions


def _printed_again(connection: Connection, texts: Mapping[Item, str]) -> dict[Item, str]:
    """Return each text as PostgreSQL prints what it makes; as it is if nothing can be made."""
    result = dict(texts)
    beside = {
        # Beside the one that may be there, on which other things depend.
        item: item if item.kind == "function" else item._replace(name=f"again_{number}")
        for number, item in enumerate(texts)
    }
    statements = {
        item: creation(other, renamed(item, texts[item], other.name))
        for item, other in beside.items()
    }
    savepoint = connection.begin_nested()
    made = {item: beside[item] for item in _executed(connection, statements)}
    printed: Catalog = read_catalog(connection, kinds={item.kind for item in made})
    savepoint.rollback()
    for item, other in made.items():
        if other in printed:
            result[item] = renamed(other, printed[other], item.name)
    return result


def _executed(connection: Connection, statements: Mapping[Item, str]) -> list[Item]:
    """Execute the statements, all at once if that works; return those that did."""
    if len(statements) > 1 and _works(connection, ";\n".join(statements.values())):
        return list(statements)
    return [item for item, statement in statements.items() if _works(connection, statement)]


def _works(connection: Connection, statement: str) -> bool:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(as_driver_sql(statement))
    except DBAPIError:
        return False
    return True
