"""Catalogs: the objects of a database, in PostgreSQL's own words, and their comparison.

Two databases are alike if these descriptions are, whatever autogenerate can see.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Self

from sqlalchemy import Connection

from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.identifiers import mention, qualified


class Item(NamedTuple):
    """The name of one thing in a database."""

    kind: str
    """table, column, constraint, index, enum or another key of `KINDS`."""
    schema: str
    table: str
    """The table it belongs to, or nothing."""
    name: str

    def __str__(self) -> str:
        parts = ["" if self.schema == "public" else self.schema, self.table, self.name]
        return f"{self.kind} {'.'.join(part for part in parts if part)}"

    @property
    def parent(self) -> Self | None:
        """The table that it belongs to, if it does."""
        return self._replace(kind="table", table="", name=self.table) if self.table else None


# What no model says of a table.
_OF_HISTORY = re.compile(r"(?: FORCED)?(?: ROW LEVEL SECURITY)?(?: REPLICA IDENTITY .*)?$")

Catalog = dict[Item, str]
"""Each thing, and its definition in PostgreSQL's words."""


class Difference(NamedTuple):
    """A thing that is not as it should be; None where there is no such thing."""

    item: Item
    expected: str | None
    found: str | None

    def __str__(self) -> str:
        return (
            f"{self.item}\n  expected  {_indented(self.expected)}"
            f"\n  found     {_indented(self.found)}"
        )


def read_catalog(
    connection: Connection, *, without: Collection[str] = (), kinds: Collection[str] = KINDS
) -> Catalog:
    """Return what the database consists of, without these tables, extensions and partitions.

    Takes the kinds of objects to look for, if not all.
    """
    catalog: Catalog = {}
    with qualified_names(connection):
        for kind in (KINDS[each] for each in KINDS if each in kinds):
            for schema, table, name, definition in connection.exec_driver_sql(kind.query):
                if table not in without and not (kind.name == "table" and name in without):
                    catalog[Item(kind.name, schema, table, name)] = definition
    return catalog


def compare(
    expected: Mapping[Item, str], found: Mapping[Item, str], *, names_too: bool = False
) -> list[Difference]:
    """Return the differences, tables first; of a table that is missing, not also its columns.

    With `names_too`, the names count which PostgreSQL gave to the sequences of identity columns.
    """
    differing = (
        item
        for item in expected.keys() | found.keys()
        if expected.get(item) != found.get(item) and (names_too or item.kind != "identity sequence")
    )
    differences = [
        Difference(item, expected.get(item), found.get(item))
        for item in sorted(differing, key=_order)
    ]
    whole = {
        difference.item
        for difference in differences
        if difference.item.kind == "table" and None in (difference.expected, difference.found)
    }
    return [difference for difference in differences if difference.item.parent not in whole]


def is_same_schema(before: Mapping[Item, str], after: Mapping[Item, str]) -> bool:
    """Return whether nothing differs but that constraints are valid now."""
    return all(
        found is not None and expected == f"{found} NOT VALID"
        for _, expected, found in compare(before, after)
    )


def is_wanted_by_models(difference: Difference) -> bool:
    """Return whether the difference is one between models and history.

    Functions, triggers and the like are not part of a model: what only the history has is right.
    """
    item, expected, found = difference
    if item.kind == "table" and expected is not None and found is not None:
        return expected != _OF_HISTORY.sub("", found)
    if expected is not None:
        return True
    if item.kind == "sequence":
        return " OWNED BY " in (found or "")
    is_foreign = item.kind == "table" and (found or "").startswith("FOREIGN ")
    return KINDS[item.kind].in_models and not is_foreign


def unused_types(catalog: Mapping[Item, str]) -> set[Item]:
    """Return the enums and domains that no column has; functions may take them.

    No model can say them, so that of these, too, what only the history has is right.
    """
    kinds = ("column", "domain")
    texts = "\n".join(text for item, text in catalog.items() if item.kind in kinds)
    return {
        item
        for item in catalog
        if item.kind in ("enum", "domain")
        and not mention(qualified(item.schema, item.name)).search(texts)
    }


def listed(differences: Iterable[Difference]) -> str:
    """Return the differences as text, a paragraph each."""
    return "\n".join(str(difference) for difference in differences)


def tables_of(catalog: Mapping[Item, str]) -> set[tuple[str, str]]:
    """Return schema and name of each table."""
    return {(item.schema, item.name) for item in catalog if item.kind == "table"}


def _order(item: Item) -> tuple[str, str, bool, Item]:
    return item.schema, item.table or item.name, item.kind != "table", item


def _indented(definition: str | None) -> str:
    return "nothing" if definition is None else definition.replace("\n", "\n            ")


@contextmanager
def qualified_names(connection: Connection) -> Iterator[None]:
    """Let PostgreSQL write each schema: it leaves out one that is on the search path."""
    before = connection.exec_driver_sql("SELECT current_setting('search_path')").scalar_one()
    connection.exec_driver_sql("SELECT set_config('search_path', 'pg_catalog', false)")
    yield
    connection.exec_driver_sql("SELECT set_config('search_path', %s, false)", (before,))
