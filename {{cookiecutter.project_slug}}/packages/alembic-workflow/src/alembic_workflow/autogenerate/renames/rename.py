"""Renames: what is kept under another name."""

from collections.abc import Sequence
from typing import NamedTuple

from alembic_workflow.autogenerate.directives import SQLOperation, rename_column, rename_table
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.sql.identifiers import beside, literal, name

OWNERS = ("table", "enum")
"""The kinds whose parts, columns and values, may be renamed as well."""


class Rename(NamedTuple):
    """A table, a column, an enum or one of its values, kept under another name."""

    kind: str
    """table, column, enum or value."""
    schema: str
    table: str
    """The table of a column or the enum of a value; if both are renamed, under its new name."""
    old: str
    new: str

    @property
    def before(self) -> Item:
        """The thing before."""
        return Item(self.kind, self.schema, self.table, self.old)

    @property
    def after(self) -> Item:
        """The thing after."""
        return Item(self.kind, self.schema, self.table, self.new)

    @property
    def names(self) -> tuple[str, str]:
        """Return both names as SQL has them."""
        return name(self.schema, self.table, self.old), name(self.schema, self.table, self.new)

    def __str__(self) -> str:
        return ":".join(self.names)

    def operation(self) -> SQLOperation:
        """Return the operation that does it."""
        if self.kind == "table":
            return rename_table(self.schema, self.old, self.new)
        if self.kind == "column":
            return rename_column(self.schema, self.table, self.old, self.new)
        return SQLOperation(
            self._statement(self.old, self.new), self._statement(self.new, self.old)
        )

    def _statement(self, old: str, new: str) -> str:
        if self.kind == "enum":
            return f"ALTER TYPE {name(self.schema, old)} RENAME TO {name(new)}"
        target = name(self.schema, self.table)
        return f"ALTER TYPE {target} RENAME VALUE {literal(old)} TO {literal(new)}"


def with_new_names(catalog: Catalog, renames: Sequence[Rename]) -> Catalog:
    """Return the catalog with tables and enums under their new names."""
    new = {each.before: each.new for each in renames if each.kind in OWNERS}
    owners = {(item.schema, item.name): name for item, name in new.items()}

    def renamed(item: Item) -> Item:
        owner = owners.get((item.schema, item.table), item.table)
        return item._replace(table=owner, name=new.get(item, item.name))

    return {renamed(item): text for item, text in catalog.items()}


def in_order(renames: Sequence[Rename]) -> list[Rename]:
    """Return the renames in an order in which no name is taken; a swap goes by way of a third."""
    pending = sorted(renames, key=lambda rename: rename.kind not in OWNERS)
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
