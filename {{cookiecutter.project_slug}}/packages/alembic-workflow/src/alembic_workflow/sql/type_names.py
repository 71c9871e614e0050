"""Types of PostgreSQL that SQLAlchemy has by a name of its own."""

import re

SIMPLE = {
    "bigint": "BigInteger",
    "boolean": "Boolean",
    "bytea": "LargeBinary",
    "date": "Date",
    "double precision": "Double",
    "integer": "Integer",
    "interval": "Interval",
    "real": "REAL",
    "smallint": "SmallInteger",
    "text": "Text",
    "uuid": "Uuid",
    "timestamp with time zone": "DateTime(timezone=True)",
    "timestamp without time zone": "DateTime",
    "time without time zone": "Time",
    "numeric": "Numeric",
    "character varying": "String",
}
WITH_ARGUMENTS = {"character varying": "String", "character": "CHAR", "numeric": "Numeric"}


def sqlalchemy_type(text: str) -> str | None:
    """Return a type as SQLAlchemy has it, such as "String(80)", and None if it has none for it.

    Takes it as PostgreSQL prints it, without a collation.
    """
    match = re.fullmatch(r"([a-z ]+)\((\d+(?:,\d+)?)\)", text)
    if match is None:
        return SIMPLE.get(text)
    known = WITH_ARGUMENTS.get(match[1])
    arguments = match[2].replace(",", ", ")
    return None if known is None else f"{known}({arguments})"
