"""Properties of a whole table that can be changed in place: logging and storage options."""

from collections.abc import Iterable, Iterator

from alembic_workflow.autogenerate.comparison.agreement import table_options
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.creation import table_words
from alembic_workflow.catalog.items import Difference
from alembic_workflow.sql.identifiers import name


def table_operations(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
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
