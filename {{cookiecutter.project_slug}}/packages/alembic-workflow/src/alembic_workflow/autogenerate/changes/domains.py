"""Domains, changed in place, or replaced if they are of another type now."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.sql.identifiers import beside, mention, name, qualified

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]|[^'\"()]+")
_CLAUSE = re.compile(r"( NOT NULL)?(?: DEFAULT (.*))?", re.DOTALL)
_STARTS = re.compile(r"(?= NOT NULL\b| DEFAULT | CONSTRAINT )")


class Domain(NamedTuple):
    """A domain, in the parts that can be changed."""

    base: str
    """With its collation."""
    is_required: bool
    default: str | None
    constraints: dict[str, str]


def domain(definition: str) -> Domain:
    """Return the parts of a definition as the catalog has it."""
    parts = [""]
    depth = 0
    for token in _TOKEN.findall(definition):
        depth += (token == "(") - (token == ")")
        pieces = _STARTS.split(token) if depth == 0 and token[0] not in "'\"()" else [token]
        parts[-1] += pieces[0]
        parts += pieces[1:]
    constraints = {}
    for part in parts:
        if part.startswith(" CONSTRAINT "):
            own, _, check = part.removeprefix(" CONSTRAINT ").partition(" CHECK ")
            constraints[own] = f"CHECK {check}"
    defaults = [part for part in parts if part.startswith(" DEFAULT ")]
    default = defaults[0].removeprefix(" DEFAULT ") if defaults else None
    return Domain(parts[0], " NOT NULL" in parts, default, constraints)


def domain_operations(
    differences: Sequence[Difference], catalog: Catalog
) -> Iterator[list[list[SQLOperation]]]:
    """Yield, for each domain that changes, the ways of doing it, the simplest first.

    PostgreSQL changes none in place of which columns have arrays. Takes what is there now.
    """
    for item, expected, found in differences:
        if item.kind != "domain" or expected is None or found is None:
            continue
        wanted, there = domain(expected), domain(found)
        do, undo = (list(_replacement(item, each, catalog)) for each in (expected, found))
        replaced = [SQLOperation(*pair) for pair in zip(do, reversed(undo), strict=True)]
        altered = list(_altered(item, wanted, there))
        yield [altered, replaced] if wanted.base == there.base else [replaced]


def _altered(item: Item, wanted: Domain, there: Domain) -> Iterator[SQLOperation]:
    start = f"ALTER DOMAIN {name(item.schema, item.name)}"
    gone = [each for each in there.constraints.items() if each not in wanted.constraints.items()]
    new = [each for each in wanted.constraints.items() if each not in there.constraints.items()]
    for own, check in gone:
        add, drop = _constraint(start, own, check)
        yield SQLOperation(drop, add)
    if wanted.default != there.default:
        yield SQLOperation(*(_default(start, each.default) for each in (wanted, there)))
    if wanted.is_required != there.is_required:
        words = [f"{start} {each} NOT NULL" for each in ("DROP", "SET")]
        yield SQLOperation(words[wanted.is_required], words[there.is_required])
    for own, check in new:
        yield SQLOperation(*_constraint(start, own, check))


def _constraint(start: str, own: str, check: str) -> tuple[str, str]:
    return f"{start} ADD CONSTRAINT {own} {check}", f"{start} DROP CONSTRAINT {own}"


def _default(start: str, default: str | None) -> str:
    return f"{start} DROP DEFAULT" if default is None else f"{start} SET DEFAULT {default}"


def _replacement(item: Item, definition: str, catalog: Catalog) -> Iterator[str]:
    """Yield the statements that put another domain in the place of this one, in all columns.

    What undoes them is the same with the definition from before.
    """
    target, aside = name(item.schema, item.name), beside(item.name, "_before")
    base = domain(definition).base.partition(" COLLATE ")[0]
    uses = mention(qualified(item.schema, item.name))
    yield f"ALTER DOMAIN {target} RENAME TO {name(aside)}"
    yield f"CREATE DOMAIN {target} AS {definition}"
    for each, text in catalog.items():
        match = uses.match(text) if each.kind == "column" else None
        if match is not None:
            array, column = match[1] or "", name(each.name)
            yield (
                f"ALTER TABLE {name(each.schema, each.table)} ALTER COLUMN {column} "
                f"TYPE {target}{array} USING {column}::{base}{array}"
            )
    yield f"DROP DOMAIN {name(item.schema, aside)}"
