"""The words of a key, as PostgreSQL prints them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from alembic_workflow.safe_forms.table import Part
from alembic_workflow.sql.identifiers import dotted, name, plain

NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_KEY = re.compile(
    r"(?P<kind>UNIQUE|PRIMARY KEY)(?P<nulls> NULLS NOT DISTINCT)? (?P<rest>\(.*)", re.DOTALL
)
_FOREIGN_KEY = re.compile(
    r"FOREIGN KEY (?P<own>\(.*?) REFERENCES (?P<target>[^(]+)(?P<rest>\(.*)", re.DOTALL
)
_TOKEN = re.compile(r"E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[(),]", re.DOTALL)


class KeyWords(NamedTuple):
    """A unique constraint or a primary key."""

    kind: str
    """UNIQUE or PRIMARY KEY."""
    index_sql: str
    """The rest of CREATE INDEX after the table's name."""
    columns: tuple[str, ...]
    """Their plain names."""
    suffix: str
    """DEFERRABLE and INITIALLY DEFERRED, or nothing."""


class ForeignKeyWords(NamedTuple):
    """A foreign key; all names are plain."""

    columns: tuple[str, ...]
    schema: str
    table: str
    referred: tuple[str, ...]
    """The columns that it points to."""
    suffix: str
    """The clauses after them."""


def key_words(definition: str) -> KeyWords:
    """Return the parts of what `pg_get_constraintdef` printed of a key."""
    match = _KEY.match(definition)
    assert match is not None, definition
    inner, rest = enclosed(match["rest"])
    storage, deferrable, timing = rest.partition(" DEFERRABLE")
    nulls = match["nulls"] or ""
    include = re.match(r" INCLUDE ", storage)
    included = ""
    if include:
        words, storage = enclosed(storage[include.end() :])
        included = f" INCLUDE ({words})"
    tablespace = storage.replace(" USING INDEX TABLESPACE ", " TABLESPACE ")
    return KeyWords(
        match["kind"],
        f"USING btree ({inner}){included}{nulls}{tablespace}",
        tuple(plain(each) for each in split(inner)),
        deferrable + timing,
    )


def foreign_key_words(definition: str) -> ForeignKeyWords | None:
    """Return the parts of what `pg_get_constraintdef` printed of a foreign key; of others None."""
    match = _FOREIGN_KEY.match(definition)
    if match is None:
        return None
    schema, table = ["", *dotted(match["target"])][-2:]
    referred, suffix = enclosed(match["rest"])
    return ForeignKeyWords(
        _columns(enclosed(match["own"])[0]), schema, table, _columns(referred), suffix
    )


def use_index(constraint: Part, index: str) -> str:
    """Return the words that make the key of an index that is there."""
    words = key_words(constraint.definition)
    return f"{words.kind} USING INDEX {name(index)}{words.suffix}"


def is_key(definition: str) -> bool:
    """Return whether it is a key that an index can be made to serve before."""
    return _KEY.match(definition) is not None and "WITHOUT OVERLAPS" not in definition


def enclosed(text: str) -> tuple[str, str]:
    """Return what is in the parentheses with which the text begins, and what follows them."""
    depth = 0
    for match in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return text[1 : match.start()], text[match.end() :]
    raise ValueError(text)


def split(text: str) -> list[str]:
    """Return the parts that commas separate, but for those within parentheses and strings."""
    return list(_split(text))


def _split(text: str) -> Iterator[str]:
    depth = start = 0
    for match in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] == "," and depth == 0:
            yield text[start : match.start()].strip()
            start = match.end()
    yield text[start:].strip()


def _columns(text: str) -> tuple[str, ...]:
    return tuple(plain(each.removeprefix("PERIOD ")) for each in split(text))
