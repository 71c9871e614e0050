"""Possible values for the columns of a row."""

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from psycopg2 import sql
from sqlalchemy.dialects import postgresql as pg

from alembic_workflow.rows.tables import ForeignKey, Table
from alembic_workflow.rows.values import accepted, values

DEFAULT = sql.SQL("DEFAULT")
MOST_ROWS = 20
# What a rule about the form of a text may be about: codes, addresses, numbers, colours.
SHAPES = ("a?", "A?", "?", "a?@example.com", "https://example.com/?", "+4930123?", "#00000?")


def choices_for(
    connection: sa.Connection, table: Table, number: int, given: Mapping[str, object]
) -> dict[str, list[object]]:
    """Return possible values for each column, the best first."""
    choices = _references(connection, table, number)
    for name, column in table.columns.items():
        if name in given:
            choices[name] = [given[name]]
            continue
        if "computed" in column:
            continue
        if name not in choices:
            known = values(column["type"], number, name)
            known = known or accepted(connection, table.name, name, number)
            choices[name] = [*known, *_mentioned(table, name), *_shaped(table, name, number)]
            if column["default"] is not None or "identity" in column:
                # All labels of an enum are worth a row.
                place = len(choices[name]) if isinstance(column["type"], sa.Enum) else 0
                choices[name].insert(place, DEFAULT)
        if column["nullable"]:
            choices[name].append(None)
    return {name: each for name, each in choices.items() if each}


def _references(connection: sa.Connection, table: Table, number: int) -> dict[str, list[object]]:
    """Return the values of foreign keys: the rows that exist, or the new row itself."""
    choices: dict[str, list[object]] = {}
    for key in sorted(table.foreign_keys, key=lambda key: -len(key.columns)):
        chosen = {name: choices[name][0] for name in key.columns if choices.get(name)}
        rows = _existing(connection, key, number)
        agreeing = [
            row
            for row in rows
            if chosen.items() <= dict(zip(key.columns, row, strict=True)).items()
        ]
        optional = any(table.columns[name]["nullable"] for name in key.columns)
        for place, (name, target) in enumerate(zip(key.columns, key.target_columns, strict=True)):
            if rows or optional:
                choices.setdefault(name, [row[place] for row in agreeing or rows])
            elif key.target == table.name:
                own = values(table.columns[target]["type"], 90 + number, target)
                choices[target] = choices[name] = list(own)
    return choices


def _existing(connection: sa.Connection, key: ForeignKey, number: int) -> list[tuple[str, ...]]:
    """Return keys of the other table, first those that other rows do not start with."""
    schema, name = key.target
    columns: list[sa.ColumnElement[Any]] = [sa.column(each) for each in key.target_columns]
    query = (
        sa.select(*(sa.cast(column, sa.Text) for column in columns))
        .select_from(sa.table(name, schema=schema))
        .where(*(column.is_not(None) for column in columns))
        .limit(MOST_ROWS)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    start = (number - 1) % max(len(rows), 1)
    return [*rows[start:], *rows[:start]]


def _mentioned(table: Table, name: str) -> list[str]:
    """Return the values that rules of the column mention, and the numbers beside them."""
    definition = table.definitions[name]
    kind = table.columns[name]["type"]
    base = kind.data_type if isinstance(kind, pg.DOMAIN) else kind
    if isinstance(base, sa.Integer | sa.Numeric | sa.Float):
        numbers = {int(each) for each in re.findall(r"(?<![\w.])-?\d+", definition)}
        return [str(each + step) for each in sorted(numbers) for step in (0, 1, -1)]
    return [each.replace("''", "'") for each in re.findall(r"'((?:[^']|'')*)'", definition)]


def _shaped(table: Table, name: str, number: int) -> list[str]:
    """Return texts of usual forms, if a rule of the column compares it with a pattern."""
    has_pattern = re.search(r" (?:~|~\*|~~|~~\*|SIMILAR TO) ", table.definitions[name])
    return [shape.replace("?", str(number)) for shape in SHAPES] if has_pattern else []
