"""Changes, recognised by the catalogs before and after."""

from collections.abc import Callable, Collection, Iterator

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.definitions import is_key, key_words
from alembic_workflow.safe_forms.parts import mentions, parts_of, references_to
from alembic_workflow.safe_forms.recognition.catalogs import Catalogs, column_of
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
                yield from self._constraint(each, gone)
            elif item.kind == "index":
                yield from self._index(each, gone)

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

    def _constraint(self, difference: Difference, gone: Collection[Item]) -> Iterator[c.Change]:
        item, expected, found = difference
        table = self.table(item.schema, item.table)
        if expected is None:
            was = c.Part(item.name, found or "")
            columns = key_words(was.definition).columns if is_key(was.definition) else ()
            goes_too = any(item._replace(kind="column", name=each) in gone for each in columns)
            if columns and not goes_too:
                yield c.DropConstraint(table, was)
            return
        part = c.Part(item.name, expected)
        if found is not None and is_key(found) and is_key(expected):
            columns = key_words(found).columns
            references = references_to(table, columns, self._before)
            yield c.ReplaceKey(table, c.Part(item.name, found), part, (), references)
        elif found is None and is_key(expected):
            yield c.AddKey(table, part, self._nullable(item, expected))
        elif found is None and expected.startswith("FOREIGN KEY"):
            yield c.AddForeignKey(table, part, self._is_of_new(item, expected))
        elif found is None and expected.startswith("CHECK"):
            yield c.AddCheck(table, part, self._is_of_new(item, expected))
        elif found is None:
            yield c.AddExclusion(table, part)

    def _is_of_new(self, item: Item, definition: str) -> bool:
        columns = (each for each in self._before if each.kind == "column")
        return not any(
            each.parent == item.parent and mentions(definition, each.name) for each in columns
        )

    def _nullable(self, item: Item, definition: str) -> tuple[str, ...]:
        words = key_words(definition)
        if words.kind != "PRIMARY KEY":
            return ()
        columns = (item._replace(kind="column", name=each) for each in words.columns)
        return tuple(
            each.name for each in columns if not column_text(self._before.get(each, "")).is_required
        )

    def _index(self, difference: Difference, gone: Collection[Item]) -> Iterator[c.Change]:
        item, expected, found = difference
        table = self.table(item.schema, item.table)
        if expected is not None and found is not None:
            yield c.ReplaceIndex(table, c.Part(item.name, found), c.Part(item.name, expected))
        elif expected is not None:
            yield c.AddIndex(table, c.Part(item.name, expected))
        elif found is not None:
            part = c.Part(item.name, found)
            columns = (each for each in gone if each.kind == "column")
            if not any(part in parts_of(each, self._before) for each in columns):
                yield c.DropIndex(table, part)


def _is_change(difference: Difference, *kinds: str) -> bool:
    return difference.item.kind in kinds and None not in (difference.found, difference.expected)
