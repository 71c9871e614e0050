"""The words of an index, as PostgreSQL prints them."""

import re
from typing import NamedTuple

from alembic_workflow.safe_forms.definitions import NAME, enclosed, split
from alembic_workflow.sql.identifiers import plain

_INDEX = re.compile(
    rf"CREATE (?P<unique>UNIQUE )?INDEX {NAME} ON (?:ONLY )?(?:{NAME}\.)?{NAME}"
    r" USING (?P<method>\w+) (?P<rest>\(.*)",
    re.DOTALL,
)


class Element(NamedTuple):
    """One of the things that an index sorts by."""

    sql: str
    column: str
    """The plain name if it is a column and nothing else; else nothing."""


class IndexWords(NamedTuple):
    """An index, as the arguments of `op.create_index`."""

    elements: list[Element]
    is_unique: bool
    options: dict[str, object]


def index_words(definition: str) -> IndexWords:
    """Return the parts of what `pg_get_indexdef` printed."""
    match = _INDEX.match(definition.removesuffix(" (INVALID)"))
    assert match is not None, definition
    inner, rest = enclosed(match["rest"])
    options: dict[str, object] = {}
    if match["method"] != "btree":
        options["postgresql_using"] = match["method"]
    options |= _options(rest)
    elements = [Element(each, _column(each)) for each in split(inner)]
    return IndexWords(elements, bool(match["unique"]), options)


def _column(element: str) -> str:
    return plain(element) if re.fullmatch(NAME, element) else ""


def _options(rest: str) -> dict[str, object]:
    options: dict[str, object] = {}
    if rest.startswith(" INCLUDE "):
        inner, rest = enclosed(rest.removeprefix(" INCLUDE "))
        options["postgresql_include"] = [plain(each) for each in split(inner)]
    if rest.startswith(" NULLS NOT DISTINCT"):
        rest = rest.removeprefix(" NULLS NOT DISTINCT")
        options["postgresql_nulls_not_distinct"] = True
    if rest.startswith(" WITH "):
        inner, rest = enclosed(rest.removeprefix(" WITH "))
        pairs = (each.split("=", 1) for each in split(inner))
        options["postgresql_with"] = {word: value.strip("'") for word, value in pairs}
    if match := re.match(rf" TABLESPACE ({NAME})", rest):
        options["postgresql_tablespace"] = plain(match[1])
        rest = rest[match.end() :]
    if rest.startswith(" WHERE "):
        options["postgresql_where"] = rest.removeprefix(" WHERE ")
    return options
