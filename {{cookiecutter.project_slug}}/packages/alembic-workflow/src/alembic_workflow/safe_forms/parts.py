"""The indexes and constraints of a column, and the foreign keys that point to it."""

from collections.abc import Collection, Mapping

from alembic_workflow.catalog.items import Item
from alembic_workflow.safe_forms.change import Part, Table
from alembic_workflow.safe_forms.definitions import foreign_key_words
from alembic_workflow.safe_forms.replacing.copies import with_column


def parts_of(column: Item, catalog: Mapping[Item, str]) -> tuple[Part, ...]:
    """Return the indexes and constraints that mention the column, keys before what needs them."""
    found = [
        Part(item.name, text)
        for item, text in catalog.items()
        if item.kind in ("constraint", "index")
        and (item.schema, item.table) == (column.schema, column.table)
        and mentions(text, column.name)
    ]
    return tuple(sorted(found, key=lambda part: part.definition.startswith("FOREIGN KEY")))


def references_to(
    table: Table, columns: Collection[str], catalog: Mapping[Item, str]
) -> tuple[tuple[Table, Part], ...]:
    """Return the foreign keys that point to one of the columns, with their tables."""
    found = []
    for item, text in catalog.items():
        words = foreign_key_words(text) if item.kind == "constraint" else None
        if words is None or (words.schema, words.table) != (table.schema, table.name):
            continue
        if not set(columns).isdisjoint(words.referred):
            owner = catalog.get(Item("table", item.schema, "", item.table), "")
            is_partitioned = " PARTITION BY " in owner
            found.append((Table(item.schema, item.table, is_partitioned), Part(item.name, text)))
    return tuple(found)


def mentions(definition: str, column: str) -> bool:
    """Return whether the text of an index or a constraint is about the column, among others."""
    own = definition.partition(" USING ")[2] if definition.startswith("CREATE ") else definition
    return with_column(own, column, "another one") != own
