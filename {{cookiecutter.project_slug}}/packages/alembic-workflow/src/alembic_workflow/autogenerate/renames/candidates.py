"""Renames: a table or a column that is kept under another name, and what may be one."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from alembic_workflow.autogenerate.directives import SQLOperation, rename_column, rename_table
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.sql.identifiers import beside, name

_COLUMN_TYPE = re.compile(r" (?:COLLATE|NOT NULL|GENERATED|DEFAULT) ?.*", re.DOTALL)


class Rename(NamedTuple):
    """A table or a column that is kept under another name."""

    schema: str
    table: str
    """The table, or that of the column; if both are renamed, under its new name."""
    old: str
    new: str

    @property
    def is_table(self) -> bool:
        """Return whether a table is renamed."""
        return not self.table

    @property
    def before(self) -> tuple[str, str, str]:
        """Return schema, table and name before."""
        return self.schema, self.table, self.old

    @property
    def after(self) -> tuple[str, str, str]:
        """Return schema, table and name after."""
        return self.schema, self.table, self.new

    @property
    def names(self) -> tuple[str, str]:
        """Return both names as SQL has them."""
        return name(self.schema, self.table, self.old), name(self.schema, self.table, self.new)

    def __str__(self) -> str:
        return ":".join(self.names)

    def operation(self) -> SQLOperation:
        """Return the operation that does it."""
        if self.is_table:
            return rename_table(self.schema, self.old, self.new)
        return rename_column(self.schema, self.table, self.old, self.new)


def table_candidates(models: Catalog, history: Catalog) -> Iterator[Rename]:
    """Yield what may be renames: a table gone, and a new one of the same or nearly that shape."""
    for old, new in _pairs("table", models, history):
        if _is_alike(_shape(old, history), _shape(new, models)):
            yield Rename(old.schema, "", old.name, new.name)


def column_candidates(models: Catalog, history: Catalog) -> Iterator[Rename]:
    """Yield what may be renames: a column gone, and one of its type new in the same table."""
    for old, new in _pairs("column", models, history):
        if old.table == new.table and _type(history[old]) == _type(models[new]):
            yield Rename(old.schema, old.table, old.name, new.name)


def _pairs(
    kind: str, models: Catalog, history: Catalog, *, across_schemas: bool = False
) -> Iterator[tuple[Item, Item]]:
    gone = sorted(item for item in history.keys() - models.keys() if item.kind == kind)
    new = sorted(item for item in models.keys() - history.keys() if item.kind == kind)
    if kind == "column":  # of tables that are there before and after
        gone = [item for item in gone if item.parent in models]
        new = [item for item in new if item.parent in history]
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


def with_new_names(catalog: Catalog, renames: Sequence[Rename]) -> Catalog:
    """Return the catalog with tables under their new names; takes renames of tables alone."""
    new = {(rename.schema, rename.old): rename.new for rename in renames}

    def renamed(item: Item) -> Item:
        if item.kind == "table":
            return item._replace(name=new.get((item.schema, item.name), item.name))
        return item._replace(table=new.get((item.schema, item.table), item.table))

    return {renamed(item): text for item, text in catalog.items()}


def moves(models: Catalog, history: Catalog) -> Iterator[tuple[Item, Item]]:
    """Yield what may be moves: a table gone, and one of its name and shape in another schema."""
    for old, new in _pairs("table", models, history, across_schemas=True):
        if old.name == new.name and _is_alike(_shape(old, history), _shape(new, models)):
            yield old, new


def in_order(renames: Sequence[Rename]) -> list[Rename]:
    """Return the renames in an order in which no name is taken; a swap goes by way of a third."""
    pending = sorted(renames, key=lambda rename: not rename.is_table)
    result: list[Rename] = []
    while pending:
        occupied = {rename.before for rename in pending}
        free = [rename for rename in pending if rename.after not in occupied]
        if free:
            result.append(free[0])
            pending.remove(free[0])
        else:
            rename = pending.pop(0)
            aside = beside(rename.old, "_being_renamed")
            result.append(rename._replace(new=aside))
            pending.append(rename._replace(old=aside))
    return result
