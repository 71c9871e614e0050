"""The tables that Alembic looks at: those in which the catalogs differ.

It would read and compare all of them, and find nothing in the others.
"""

from collections.abc import Iterable
from typing import Any

from alembic_workflow.catalog.foreign_keys import target_of
from alembic_workflow.catalog.items import Catalog, Difference, Item


class DifferingTables:
    """Alembic's filters: `include_name` for what it reads, `include_object` for what it compares.

    https://alembic.sqlalchemy.org/en/latest/autogenerate.html
    """

    def __init__(
        self, differences: Iterable[Difference], history: Catalog, schemas: set[str], default: str
    ) -> None:
        """Take how the models differ from the history, the schemas of both, and the default one."""
        owners = (each.item.parent or each.item for each in differences)
        self._compared = {item for item in owners if item.kind == "table"}
        # A foreign key cannot be compared unless the table that it points to was read.
        targets = (
            target_of(item, text) for item, text in history.items() if item.parent in self._compared
        )
        self._read = self._compared.union(each for each in targets if each is not None)
        self._schemas = {None, *schemas}
        self._default = default

    def include_name(self, name: str | None, kind: str, parents: Any) -> bool:
        """Return whether to read what has the name; takes what Alembic hands over."""
        if kind == "schema":
            return name in self._schemas
        return kind != "table" or self._item(parents["schema_name"], name) in self._read

    def include_object(
        self, item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any
    ) -> bool:
        """Return whether to compare it, unless it is a view, which the catalogs compare."""
        if kind != "table":
            return True
        return not item.is_view and self._item(item.schema, name) in self._compared

    def _item(self, schema: str | None, name: str | None) -> Item:
        return Item("table", schema or self._default, "", name or "")
