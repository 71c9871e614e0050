"""Values of any type, as PostgreSQL reads them."""

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.exc import DBAPIError

TEMPLATES: dict[tuple[type, ...], str] = {
    (sa.Integer, sa.Numeric, sa.Float, pg.OID, pg.MONEY): "%(n)d",
    (sa.Date,): "2026-01-%(n)02d",
    (sa.DateTime,): "2026-01-%(n)02d 12:00",
    (sa.Time,): "%(n)02d:00",
    (sa.Interval, pg.INTERVAL): "%(n)d days",
    (sa.Uuid,): "00000000-0000-0000-0000-%(n)012d",
    (sa.JSON,): '{"number": %(n)d}',
    (sa.LargeBinary,): "\\x%(n)02d",
    (pg.INET, pg.CIDR): "192.0.2.%(n)d",
    (pg.MACADDR,): "08:00:2b:01:02:%(n)02d",
    (pg.MACADDR8,): "08:00:2b:01:02:03:04:%(n)02d",
    (pg.INT4RANGE, pg.INT8RANGE, pg.NUMRANGE): "[%(n)d0,%(n)d1)",
    (pg.DATERANGE,): "[2026-01-%(n)02d,2026-01-%(n)02d]",
    (pg.TSRANGE, pg.TSTZRANGE): "[2026-01-%(n)02d 12:00,2026-01-%(n)02d 13:00)",
    (pg.HSTORE,): "number=>%(n)d",
    (pg.TSVECTOR, pg.TSQUERY): "word%(n)d",
}


TYPE = """
SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = %s AND c.relname = %s AND a.attname = %s"""
# As texts of types look: of points, boxes, circles, lines, XML, ranges, names, shapes.
TEXTS = (
    *("(?,?)", "((0,0),(?,?))", "<(0,0),?>", "{?,?,?}", "<a>?</a>", "[?,?]", "empty", "?"),
    *("POINT(? ?)", "word?", "a"),
)
MOST_PARTS = 12


def values(kind: Any, number: int, name: str) -> list[str]:
    """Return values for a column, none if its type is unknown.

    Takes the type, a number for which no other column gets the same, and the column's name.
    """
    match kind:
        case pg.DOMAIN():
            return values(kind.data_type, number, name)
        case sa.ARRAY() if isinstance(kind.item_type, pg.DOMAIN):
            return ["{}"]  # its elements may have constraints
        case sa.ARRAY():
            return [_array(values(kind.item_type, number, name)[:1]), "{}"]
        case sa.Enum():
            first = (number - 1) % max(len(kind.enums), 1)
            return [*kind.enums[first:], *kind.enums[:first]]
        case sa.Boolean():
            return ["true", "false"] if number % 2 else ["false", "true"]
        case pg.BIT():
            return [f"{number:0{kind.length or 1}b}"[-(kind.length or 1) :]]
        case sa.Numeric() if kind.scale is not None and kind.precision == kind.scale:
            return [f"0.{number:0{kind.scale}}"]
        case sa.String():
            text = f"{name} {number}"
            fits = kind.length is None or len(text) <= kind.length
            return [text if fits else str(number)]
    for types, template in TEMPLATES.items():
        if isinstance(kind, types):
            return [template % {"n": number}]
    return []


def _array(items: list[str]) -> str:
    escaped = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in escaped) + "}"


def accepted(
    connection: sa.Connection, table: tuple[str, str], column: str, number: int
) -> list[str]:
    """Return values that PostgreSQL takes for a column of a type that nothing here knows."""
    kind = str(connection.exec_driver_sql(TYPE, (*table, column)).scalar_one())
    return [text for text in _texts(kind, number) if _is_accepted(connection, kind, text)]


def _texts(kind: str, number: int) -> Iterator[str]:
    yield from (text.replace("?", str(number)) for text in TEXTS)
    if length := re.search(r"\((\d+)\)", kind):  # such as vector(3)
        yield "[" + ",".join([str(number)] * int(length[1])) + "]"
        yield "{" + f"1:{number}" + "}/" + length[1]
    yield from (f"({',' * commas})" for commas in range(MOST_PARTS))  # a row of NULLs


def _is_accepted(connection: sa.Connection, kind: str, text: str) -> bool:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"SELECT CAST(%s AS {kind.replace('%', '%%')})", (text,))
    except DBAPIError:
        return False
    return True
