"""Enum types: created, changed and dropped in plain SQL, so that it can also be printed."""

import re
from collections.abc import Iterator, Sequence

from alembic_workflow.autogenerate.changes.columns import made
from alembic_workflow.autogenerate.comparison.server_defaults import default_of
from alembic_workflow.autogenerate.directives import SQLOperation, autocommit
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.sql.identifiers import beside, literal, mention, name, qualified

_VALUE = re.compile(r"'((?:[^']|'')*)'")


def drops(differences: Sequence[Difference]) -> Iterator[SQLOperation]:
    """Yield the operations for types that no column uses any more."""
    for item, expected, found in differences:
        if item.kind == "enum" and expected is None and found is not None:
            yield made(item, found).reverse()


def changes(differences: Sequence[Difference], catalog: Catalog) -> Iterator[list[SQLOperation]]:
    """Yield, for each type whose values change, the operations that do it together.

    New values are added; they can be used only once that is committed. To take values away, or to
    change their order, another type takes the place of the old one. Takes what is there now.
    """
    for item, expected, found in differences:
        if item.kind != "enum" or expected is None or found is None:
            continue
        old, new = values(found), values(expected)
        undo = list(_replacement(item, new, old, catalog, is_undo=True))
        if [value for value in new if value in old] == old:
            yield [
                *(SQLOperation("", statement) for statement in reversed(undo)),
                *(autocommit(statement) for statement in _additions(item, old, new)),
            ]
        else:
            do = _replacement(item, old, new, catalog)
            pairs = zip(do, reversed(undo), strict=True)
            operations = [SQLOperation(statement, undoing) for statement, undoing in pairs]
            for each in operations:
                each.replaces = item
            yield operations


def values(definition: str) -> list[str]:
    """Return the values in a type's definition."""
    return [value.replace("''", "'") for value in _VALUE.findall(definition)]


def _additions(item: Item, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for position, value in enumerate(new):
        if value not in old:
            # A revision that fails later on is run again.
            statement = f"ALTER TYPE {name(item.schema, item.name)} ADD VALUE IF NOT EXISTS "
            after = [other for other in new[position:] if other in old]
            yield statement + literal(value) + (f" BEFORE {literal(after[0])}" if after else "")


def _replacement(
    item: Item,
    old: Sequence[str],
    new: Sequence[str],
    catalog: Catalog,
    *,
    is_undo: bool = False,
) -> Iterator[str]:
    """Yield the statements that put a type with the new values in the place of the old one.

    Their number does not depend on the values: what undoes them is the same with other values. What
    mentions a value that goes is not made again, and so is not there to be dropped in undoing it.
    """
    before, after = (new, old) if is_undo else (old, new)
    gone = [value for value in before if value not in after]
    target, aside = name(item.schema, item.name), beside(item.name, "_before")
    uses = mention(qualified(item.schema, item.name))
    columns = {
        each: (text, match[1] or "")
        for each, text in catalog.items()
        if each.kind == "column" and (match := uses.match(text))
    }
    defaults = [
        (each, default) for each, (text, _) in columns.items() if (default := default_of(text))
    ]
    dependent = [
        made(each, text)
        for each, text in catalog.items()
        if each.kind in ("constraint", "index") and uses.search(text)
    ]
    stays = [not any(_mentions(each.statement, value) for value in gone) for each in dependent]
    for operation, is_kept in zip(dependent, stays, strict=True):
        yield "" if is_undo and not is_kept else operation.undo
    for each, _ in defaults:
        yield f"{_alter_column(each)} DROP DEFAULT"
    yield f"ALTER TYPE {target} RENAME TO {name(aside)}"
    yield f"CREATE TYPE {target} AS ENUM ({', '.join(map(literal, new))})"
    for each, (_, array) in columns.items():
        using = f"{name(each.name)}::text{array}::{target}{array}"
        yield f"{_alter_column(each)} TYPE {target}{array} USING {using}"
    yield f"DROP TYPE {name(item.schema, aside)}"
    for each, default in defaults:
        is_lost = any(value not in new and _mentions(default, value) for value in old)
        yield f"{_alter_column(each)} SET DEFAULT {'NULL' if is_lost else default}"
    for operation, is_kept in zip(dependent, stays, strict=True):
        yield operation.statement if is_undo or is_kept else ""


def _mentions(sql: str, value: str) -> bool:
    """Return whether the value stands in a string of the text, by itself or in an array."""
    word = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
    return any(word.search(string) for string in values(sql))


def _alter_column(column: Item) -> str:
    table = name(column.schema, column.table)
    return f"ALTER TABLE {table} ALTER COLUMN {name(column.name)}"
