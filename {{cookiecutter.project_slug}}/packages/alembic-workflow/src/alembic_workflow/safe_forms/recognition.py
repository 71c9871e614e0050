"""Changes, recognised by the catalogs before and after."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from alembic_workflow.catalog.column_text import ColumnText, column_text
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.definitions import enclosed, is_key, key_words, split
from alembic_workflow.safe_forms.parts import parts_of, references_to
from alembic_workflow.safe_forms.values import fill
from alembic_workflow.sql.identifiers import mention, plain, qualified

TableName = tuple[str, str]
"""Schema and name."""


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
        self._before = before
        self._after = after
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
                yield self._enum(each)
            if item.kind == "domain" and None not in (each.found, each.expected):
                yield from self._domain(each)
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
        definition = self._before.get(Item("table", schema, "", table), "")
        keys = (
            key_words(text).columns
            for item, text in (self._before if definition else self._after).items()
            if item.kind == "constraint"
            and (item.schema, item.table) == (schema, table)
            and text.startswith("PRIMARY KEY")
            and is_key(text)
        )
        return c.Table(schema, table, " PARTITION BY " in definition, next(keys, ()))

    def _column(self, difference: Difference) -> Iterator[c.Change]:
        item, expected, found = difference
        table = self.table(item.schema, item.table)
        if expected is None:
            column = _column(item, column_text(found or ""))
            value = fill(table, column, self._before, self._is_true)
            yield c.DropColumn(table, column, value, parts_of(item, self._before))
            return
        after = _column(item, column_text(expected))
        value = fill(table, after, self._after, self._is_true)
        is_rewritten = (item.schema, item.table) in self._rewritten
        if found is None:
            yield c.AddColumn(table, after, is_rewritten, value)
            return
        before = _column(item, column_text(found))
        if is_rewritten and not after.generated.startswith("GENERATED ALWAYS AS ("):
            yield self._type(table, item, before, after)
        elif after.is_required and not before.is_required:
            value = value if after.default is None else after.default
            yield c.SetNotNull(table, after, value, self._not_null_check(item, after))
        goes = before.default is not None and after.default is None and not after.generated
        if goes and before.is_required and after.is_required:
            yield c.DropDefault(table, before)

    def _type(self, table: c.Table, item: Item, before: c.Column, after: c.Column) -> c.Change:
        words = "::text" if self._is_enum(before.type) and self._is_enum(after.type) else ""
        return c.ChangeType(
            table,
            before,
            after,
            f"{after.sql}{words}::{after.type.partition(' COLLATE ')[0]}",
            f"{after.sql}{words}::{before.type.partition(' COLLATE ')[0]}",
            self._kept(item, parts_of(item, self._after)),
            references_to(table, [item.name], self._after),
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

    def _kept(self, item: Item, parts: tuple[c.Part, ...]) -> tuple[c.Part, ...]:
        """Return the parts that were there before; others are changes of their own."""
        return tuple(
            part
            for part in parts
            for kind in ("constraint", "index")
            if item._replace(kind=kind, name=part.name) in self._before
        )

    def _is_enum(self, type_: str) -> bool:
        enums = {
            qualified(item.schema, item.name)
            for catalog in (self._before, self._after)
            for item in catalog
            if item.kind == "enum"
        }
        return type_.removesuffix("[]") in enums

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
            yield c.AddForeignKey(table, part)
        elif found is None and expected.startswith("CHECK"):
            yield c.AddCheck(table, part)
        elif found is None:
            yield c.AddExclusion(table, part)

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

    def _domain(self, difference: Difference) -> Iterator[c.Change]:
        item, expected, found = difference
        before, after = _domain_checks(found or ""), _domain_checks(expected or "")
        for name_, definition in after.items():
            if before.get(name_) != definition:
                part = c.Part(name_, definition)
                yield c.AddDomainCheck(item.schema, item.name, part)

    def _enum(self, difference: Difference) -> c.Change:
        item, expected, found = difference
        before, after = _labels(found or ""), _labels(expected or "")
        columns = {
            each: column_text(text)
            for each, text in self._before.items()
            if each.kind == "column"
            and column_text(text).type.removesuffix("[]") == qualified(item.schema, item.name)
        }
        if tuple(each for each in after if each in before) == before:
            pairs = tuple((self.table(*each[1:3]), _column(each, t)) for each, t in columns.items())
            return c.AddEnumValues(item.schema, item.name, before, after, pairs)
        return self._replaced_enum(item, before, after, columns)

    def _replaced_enum(
        self,
        item: Item,
        before: tuple[str, ...],
        after: tuple[str, ...],
        columns: Mapping[Item, ColumnText],
    ) -> c.RemoveEnumValues:
        change = c.RemoveEnumValues(item.schema, item.name, before, after)
        own, aside = qualified(item.schema, item.name), qualified(item.schema, change.aside)
        changes: list[c.ChangeType] = []
        defaults: list[tuple[c.Table, c.Column]] = []
        for each, text in columns.items():
            if each not in self._after:
                continue
            table = self.table(each.schema, each.table)
            array = "[]" if text.type.endswith("[]") else ""
            end = _column(each, column_text(self._after[each]))
            using = f"{end.sql}::text{array}::"
            parts = tuple(
                c.Part(part.name, mention(own).sub(rf"{aside}\1", part.definition))
                for part in self._kept(each, parts_of(each, self._after))
            )
            new = replace(end, type=aside + array, default=None)
            changes.append(
                c.ChangeType(
                    *(table, _column(each, text), new, using + new.type, using + own + array),
                    parts,
                )
            )
            if end.default is not None:
                defaults.append((table, end))
        return replace(change, columns=tuple(changes), defaults=tuple(defaults))


def _is_change(difference: Difference, *kinds: str) -> bool:
    return difference.item.kind in kinds and None not in (difference.found, difference.expected)


def _column(item: Item, text: ColumnText) -> c.Column:
    return c.Column(item.name, text.type, text.is_required, text.default, text.generated)


def _labels(definition: str) -> tuple[str, ...]:
    inner = enclosed(definition.removeprefix("ENUM "))[0]
    return tuple(each[1:-1].replace("''", "'") for each in split(inner) if each)


def _domain_checks(definition: str) -> dict[str, str]:
    """Return the CHECKs of a domain, as the catalog has them one after the other."""
    checks: dict[str, str] = {}
    for piece in re.split(r" CONSTRAINT (?=(?:\"(?:[^\"]|\"\")*\"|\w+) CHECK )", definition)[1:]:
        own, _, check = piece.partition(" CHECK ")
        checks[plain(own)] = f"CHECK {check}"
    return checks
