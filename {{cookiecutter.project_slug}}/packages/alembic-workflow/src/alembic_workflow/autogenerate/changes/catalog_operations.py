"""Operations for what autogenerate does not see, in PostgreSQL's own words."""

from collections.abc import Iterable, Iterator

from alembic_workflow.autogenerate.changes.columns import column_operations
from alembic_workflow.autogenerate.changes.sequences import sequence_operation
from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.comparison.agreement import table_options
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.creation import rank, table_words
from alembic_workflow.catalog.items import Difference
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
    yield from _table_operations(differences)
    yield from column_operations(differences)
    changes = [
        each
        for each in sorted(differences, key=_rank)
        if each.item.kind not in ("column", "enum") and KINDS[each.item.kind].is_one_statement
    ]
    for item, _, found in reversed(changes):
        if found is not None and item.kind != "sequence":
            yield made(item, found).reverse()
    for difference in changes:
        if difference.item.kind == "sequence":
            yield sequence_operation(difference)
        elif difference.expected is not None:
            yield made(difference.item, difference.expected)


def _rank(difference: Difference) -> int:
    return rank(difference.item, difference.expected or difference.found or "")


def _table_operations(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what changes the options of tables that are there before and after."""
    for item, expected, found in differences:
        if item.kind != "table" or expected is None or found is None:
            continue
        changes = zip(_changes(expected, found), _changes(found, expected), strict=True)
        for change, undo in changes:
            table = f"ALTER TABLE {name(item.schema, item.name)} "
            if change or undo:
                yield SQLOperation(table + change if change else "", table + undo if undo else "")


def _changes(after: str, before: str) -> Iterator[str]:
    """Yield what sets the logging, takes options away and sets others; nothing where it is so."""
    words, earlier = table_words(after), table_words(before)
    logging = "SET UNLOGGED" if words.prefix else "SET LOGGED"
    yield logging if words.prefix != earlier.prefix else ""
    options, there = (table_options(each).get("postgresql_with", {}) for each in (after, before))
    gone = [key for key in there if key not in options]
    yield f"RESET ({', '.join(gone)})" if gone else ""
    new = [f"{key} = {value}" for key, value in options.items() if there.get(key) != value]
    yield f"SET ({', '.join(new)})" if new else ""
