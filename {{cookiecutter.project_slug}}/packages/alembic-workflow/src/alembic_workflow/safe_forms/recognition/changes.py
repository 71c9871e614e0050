"""Changes, recognised by the catalogs before and after."""

from collections.abc import Callable, Collection, Iterator

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.parts import parts_of
from alembic_workflow.safe_forms.recognition.catalogs import Catalogs, column_of
from alembic_workflow.safe_forms.recognition.parts import constraint_changes, index_changes
from alembic_workflow.safe_forms.recognition.types import domain_checks, enum_change
from alembic_workflow.safe_forms.recognition.values import fill
from alembic_workflow.safe_forms.table import TableName


class Recognition:
    """The changes in tables that were there before which have a safe form of their own."""

    def __init__(
        self,
        before: Catalog,
        after: Catalog,
        rewritten: Collection[TableName],
        is_true: Callable[[str], bool] = lambda expression: True,
    ) -> None:
        """Take both catalogs, the tables that PostgreSQL has written anew in between, and what
        tells whether an expression of SQL is true, if there is a database to ask.
        """
        self._is_true = is_true
        self._catalogs = Catalogs(before, after)
        self._before, self._after = before, after
        self._rewritten = rewritten

    def changes(self, differences: Collection[Difference]) -> Iterator[c.Change]:
        """Yield the changes; takes `after` as what is expected and `before` as what was found.

        What is left out has no form but its own: a comment, a default, a CHECK that goes.
        """
        gone = {each.item for each in differences if each.expected is None}
        changed = {each.item.parent for each in differences if _is_change(each, "column")}
        for each in differences:
            item = each.item
            if item.parent in changed and _is_change(each, "constraint", "index"):
                continue  # in another text, because of its column
            if item.kind == "enum" and None not in (each.found, each.expected):
                yield enum_change(each, self._catalogs)
            if item.kind == "domain" and None not in (each.found, each.expected):
                yield from domain_checks(each)
            if item.kind == "table" and each.expected is None:
                yield c.DropTable(self.table(item.schema, item.name))
            is_of_table = item.parent is not None and item.parent in self._before
            if not is_of_table or item.parent in gone:
                continue
            if item.kind == "column":
                yield from self._column(each)
            elif item.kind == "constraint":
                yield from constraint_changes(each, gone, self._catalogs)
            elif item.kind == "index":
                yield from index_changes(each, gone, self._catalogs)

    def table(self, schema: str, table: str) -> c.Table:
        """Return the table as it was, or as it is if it is new."""
        return self._catalogs.table(schema, table)

    def _column(self, difference: Difference) -> Iterator[c.Change]:
        item, expected, found = difference
        table = self.table(item.schema, item.table)
        if expected is None:
            column = column_of(item, column_text(found or ""))
            value = fill(table, column, self._before, self._is_true)
            yield c.DropColumn(table, column, value, parts_of(item, self._before))
            return
        after = column_of(item, column_text(expected))
        value = fill(table, after, self._after, self._is_true)
        is_rewritten = (item.schema, item.table) in self._rewritten
        if found is None:
            yield c.AddColumn(table, after, is_rewritten, value)
            return
        before = column_of(item, column_text(found))
        if is_rewritten and not after.generated.startswith("GENERATED ALWAYS AS ("):
            yield self._type(table, item, before, after)
        elif after.is_required and not before.is_required:
            value = value if after.default is None else after.default
            yield c.SetNotNull(table, after, value, self._not_null_check(item, after))
        goes = before.default is not None and after.default is None and not after.generated
        if goes and before.is_required and after.is_required:
            yield c.DropDefault(table, before)

    def _type(self, table: c.Table, item: Item, before: c.Column, after: c.Column) -> c.Change:
        words = (
            "::text"
            if self._catalogs.is_enum(before.type) and self._catalogs.is_enum(after.type)
            else ""
        )
        return c.ChangeType(
            table,
            before,
            after,
            f"{after.sql}{words}::{after.type.partition(' COLLATE ')[0]}",
            f"{after.sql}{words}::{before.type.partition(' COLLATE ')[0]}",
            self._catalogs.kept_parts(item),
            self._catalogs.kept_references(item),
            self._catalogs.sequence_of(item) if after.default is not None else "",
        )

    def _not_null_check(self, item: Item, column: c.Column) -> str:
        """Return the name of a CHECK that requires the column, before and after, or nothing."""
        says = (
            f"CHECK (({column.sql} IS NOT NULL))",
            f"CHECK (({column.sql} IS NOT NULL)) NOT VALID",
        )
        names = (
            each.name
            for each, text in self._before.items()
            if each.parent == item.parent and text in says and each in self._after
        )
        return next(names, "")


def _is_change(difference: Difference, *kinds: str) -> bool:
    return difference.item.kind in kinds and None not in (difference.found, difference.expected)
