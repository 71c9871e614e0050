"""Pairs of a thing that is gone and one that is new: what may be renames."""

import re
from collections.abc import Iterator

from alembic_workflow.autogenerate.changes.enums import values
from alembic_workflow.autogenerate.renames.rename import Rename
from alembic_workflow.catalog.items import Catalog, Item

_COLUMN_TYPE = re.compile(r" (?:COLLATE|NOT NULL|GENERATED|DEFAULT) ?.*", re.DOTALL)


def with_values(catalog: Catalog) -> Catalog:
    """Return the catalog with the values of enums as things of their own."""
    return catalog | {
        Item("value", item.schema, item.name, value): ""
        for item, text in catalog.items()
        if item.kind == "enum"
        for value in values(text)
    }


def table_candidates(models: Catalog, history: Catalog) -> Iterator[Rename]:
    """Yield what may be renames: a table gone, and a new one of the same or nearly that shape."""
    for old, new in _pairs("table", models, history):
        if _is_alike(_shape(old, history), _shape(new, models)):
            yield Rename("table", old.schema, "", old.name, new.name)


def enum_candidates(models: Catalog, history: Catalog) -> Iterator[Rename]:
    """Yield what may be renames: an enum gone, and a new one of the same or nearly those values."""
    for old, new in _pairs("enum", models, history):
        before, after = (set(values(each)) for each in (history[old], models[new]))
        if len(before & after) * 2 > max(len(before), len(after)):
            yield Rename("enum", old.schema, "", old.name, new.name)


def part_candidates(models: Catalog, history: Catalog) -> Iterator[Rename]:
    """Yield what may be renames: a column gone, and one of its type new in the same table; a value
    gone, and one new in the same enum.
    """
    for kind, owner in (("column", "table"), ("value", "enum")):
        for old, new in _pairs(kind, models, history):
            both = Item(owner, old.schema, "", old.table)
            is_there = both in models and both in history and old.table == new.table
            if is_there and _type(history[old]) == _type(models[new]):
                yield Rename(kind, old.schema, old.table, old.name, new.name)


def moves(models: Catalog, history: Catalog) -> Iterator[tuple[Item, Item]]:
    """Yield what may be moves: a table gone, and one of its name and shape in another schema."""
    for old, new in _pairs("table", models, history, across_schemas=True):
        if old.name == new.name and _is_alike(_shape(old, history), _shape(new, models)):
            yield old, new


def _pairs(
    kind: str, models: Catalog, history: Catalog, *, across_schemas: bool = False
) -> Iterator[tuple[Item, Item]]:
    gone = sorted(item for item in history.keys() - models.keys() if item.kind == kind)
    new = sorted(item for item in models.keys() - history.keys() if item.kind == kind)
    return ((a, b) for a in gone for b in new if (a.schema == b.schema) != across_schemas)


def _type(definition: str) -> str:
    return _COLUMN_TYPE.sub("", definition, count=1)


def _shape(table: Item, catalog: Catalog) -> dict[str, str]:
    return {
        item.name: _type(definition)
        for item, definition in catalog.items()
        if item.kind == "column" and (item.schema, item.table) == (table.schema, table.name)
    }


def _is_alike(before: dict[str, str], after: dict[str, str]) -> bool:
    """Columns may have been renamed as well, or some have come and gone."""
    same = before.items() & after.items()
    return len(same) * 2 > max(len(before), len(after)) or (
        sorted(before.values()) == sorted(after.values())
    )
