"""Values for the rows that exist when a column becomes required."""

import re
from collections.abc import Callable, Mapping, Sequence

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Item
from alembic_workflow.safe_forms.change import Column, Part, Table
from alembic_workflow.safe_forms.definitions import enclosed, foreign_key_words, key_words, split
from alembic_workflow.safe_forms.replacing.copies import with_column
from alembic_workflow.sql.identifiers import dotted, name

_NEUTRAL = {
    r"(smallint|integer|bigint|numeric|real|double precision|money|oid)\b": "0",
    r"boolean\b": "false",
    r"(date|time|timestamp)\b": "now()",
    r"uuid\b": "gen_random_uuid()",
    r"jsonb?\b": "'{}'",
    r"(character|text|bytea|tsvector|bpchar|xml)\b": "''",
    r"(interval|bit varying)\b": "'0'",
    r"bit\b": "0::{type}",
    r"cidr\b": "'0.0.0.0/0'",
    r"inet\b": "'0.0.0.0'",
    r"macaddr\b": "'00:00:00:00:00:00'",
    r"macaddr8\b": "'00:00:00:00:00:00:00:00'",
    r"\w+multirange\b": "'{}'",
    r"\w+range\b": "'empty'",
    r"point\b": "'(0,0)'",
}
_UNIQUE = {
    r"(smallint|integer|bigint|numeric|real|double precision)\b": "{key}",
    r"(character varying|text)\b": "{key}::text",
}


def fill(
    table: Table, column: Column, catalog: Mapping[Item, str], is_true: Callable[[str], bool]
) -> str:
    """Return an expression for the rows that exist, which a person has to look at.

    Takes a catalog that has the column's constraints, and what tells whether an expression is true:
    a column that points to another table gets a row of that, a unique one something else for each
    row, an enum its first value, and one with a CHECK what that accepts. NULL if nothing is known.
    """
    parts = [
        Part(item.name, text)
        for item, text in catalog.items()
        if item.kind == "constraint" and (item.schema, item.table) == (table.schema, table.name)
    ]
    for part in parts:
        if referred := _first_of_target(part, column.name):
            return referred
    if any(_is_key_of(part, column.name) for part in parts):
        return _unique(table, column.type)
    usual = neutral(column.type, catalog)
    checks = [
        part.definition.removeprefix("CHECK ").removesuffix(" NOT VALID")
        for part in parts
        if part.definition.startswith("CHECK ")
    ]
    for value in (usual, *_candidates(checks)):
        tests = (_with_value(check, column, value) for check in checks)
        if all(is_true(test) for test in tests if test):
            return value
    return usual


def _candidates(checks: Sequence[str]) -> list[str]:
    """Return values that the CHECKs may be about: what they mention, and what is next to it."""
    numbers = [
        int(each) for check in checks for each in re.findall(r"(?<![\w.])-?\d+(?![\w.])", check)
    ]
    strings = [each for check in checks for each in re.findall(r"'(?:[^']|'')*'", check)]
    near = [str(number + step) for number in numbers for step in (1, 0, -1)]
    return [*near, *strings, "'a'", "1", "-1"]


def _with_value(check: str, column: Column, value: str) -> str:
    """Return the condition with the value in the column's place; nothing if it is about others."""
    mark = "another column"
    test = with_column(check, column.name, mark)
    return "" if test == check else test.replace(name(mark), f"({value}::{column.type})")


def neutral(type_: str, catalog: Mapping[Item, str]) -> str:
    """Return a value that any column of the type can have, or NULL."""
    if type_.endswith("[]"):
        return "'{}'"
    for pattern, value in _NEUTRAL.items():
        if re.match(pattern, type_):
            return value.format(type=type_) if "{type}" in value else value
    schema, own, *_ = (*dotted(type_), "")
    definition = catalog.get(Item("enum", schema, "", own))
    if definition is not None:
        labels = split(enclosed(definition.removeprefix("ENUM "))[0])
        return labels[0] or "NULL"
    domain = catalog.get(Item("domain", schema, "", own))
    return "NULL" if domain is None else neutral(column_text(domain).type, catalog)


def _unique(table: Table, type_: str) -> str:
    if type_ == "uuid" or len(table.key) != 1:
        return neutral(type_, {})
    for pattern, value in _UNIQUE.items():
        if re.match(pattern, type_):
            return value.format(key=name(table.key[0]))
    return neutral(type_, {})


def _first_of_target(constraint: Part, column: str) -> str:
    words = foreign_key_words(constraint.definition)
    if words is None or words.columns != (column,):
        return ""
    return f"(SELECT min({name(*words.referred)}) FROM {name(words.schema, words.table)})"


def _is_key_of(constraint: Part, column: str) -> bool:
    if not constraint.definition.startswith(("UNIQUE", "PRIMARY KEY")):
        return False
    return key_words(constraint.definition).columns == (column,)
