"""Two catalogs, before and after, and what they say of a table."""

from dataclasses import dataclass

from alembic_workflow.catalog.column_text import ColumnText
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.safe_forms.definitions import foreign_key_words, is_key, key_words
from alembic_workflow.safe_forms.parts import parts_of, references_to
from alembic_workflow.safe_forms.table import Column, Part, Table
from alembic_workflow.sql.identifiers import name, qualified


@dataclass(frozen=True)
class Catalogs:
    """The catalog that was there and the one that is to be."""

    before: Catalog
    after: Catalog

    def table(self, schema: str, table: str) -> Table:
        """Return the table as it was, or as it is if it is new."""
        definition = self.before.get(Item("table", schema, "", table), "")
        keys = (
            key_words(text).columns
            for item, text in (self.before if definition else self.after).items()
            if item.kind == "constraint"
            and (item.schema, item.table) == (schema, table)
            and text.startswith("PRIMARY KEY")
            and is_key(text)
        )
        return Table(schema, table, " PARTITION BY " in definition, next(keys, ()))

    def kept_parts(self, column: Item) -> tuple[Part, ...]:
        """Return the parts of a column that were there before; others are changes of their own."""
        return tuple(
            part
            for part in parts_of(column, self.after)
            for kind in ("constraint", "index")
            if column._replace(kind=kind, name=part.name) in self.before
        )

    def kept_references(self, column: Item) -> tuple[tuple[Table, Part], ...]:
        """Return the foreign keys to a column that are there before it changes, with their tables.

        A new one of columns that were there is made later.
        """
        table = self.table(column.schema, column.table)
        return tuple(
            (other, key)
            for other, key in references_to(table, [column.name], self.after)
            if Item("constraint", other.schema, other.name, key.name) in self.before
            or self._is_of_new(other, key)
        )

    def _is_of_new(self, table: Table, key: Part) -> bool:
        if Item("table", table.schema, "", table.name) not in self.before:
            return True
        words = foreign_key_words(key.definition)
        columns = words.columns if words else ()
        items = (Item("column", table.schema, table.name, each) for each in columns)
        return not table.is_partitioned and self.before.keys().isdisjoint(items)

    def sequence_of(self, column: Item) -> str:
        """Return the name, in SQL, of the sequence that a column owns, or nothing."""
        owned = f" OWNED BY {qualified(column.schema, column.table)}.{name(column.name)}"
        found = (
            name(item.schema, item.name)
            for item, text in self.before.items()
            if item.kind == "sequence" and text.endswith(owned) and item in self.after
        )
        return next(found, "")

    def is_enum(self, type_: str) -> bool:
        """Return whether it is the name of an enum, or of arrays of one."""
        items = (item for catalog in (self.before, self.after) for item in catalog)
        enums = {qualified(item.schema, item.name) for item in items if item.kind == "enum"}
        return type_.removesuffix("[]") in enums


def column_of(item: Item, text: ColumnText) -> Column:
    """Return a column that a catalog has."""
    return Column(item.name, text.type, text.is_required, text.default, text.generated)
