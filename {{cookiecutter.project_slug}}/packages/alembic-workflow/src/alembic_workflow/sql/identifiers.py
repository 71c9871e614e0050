"""Names and strings as SQL has them."""

import re

from sqlalchemy.dialects.postgresql.base import PGDialect

# With psycopg2's style of parameters it would double each percent sign.
DIALECT = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy gives it none
_quote = DIALECT.identifier_preparer.quote

_SERVER_TYPES = {*DIALECT.ischema_names, "int", "int2", "int4", "int8", "float4", "float8"}
_SERVER_TYPES |= {"bool", "bpchar", "dec", "decimal", "timestamptz", "timetz", "varbit", "varchar"}

_left_out = {"public"}
# A string or a quoted name, or the schema `public` before a name that is no function's.
_PUBLIC = re.compile(
    r"""(?P<opaque>E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*")
    |(?<![\w.])public\.(?=(?P<name>\w+|"(?:[^"]|"")+")(?![\w(]))
    |(?<=REFERENCES[ ])public\.""",
    re.VERBOSE,
)


def name(*parts: str) -> str:
    """Return a name as SQL has it, quoted where it must be; the schema `public` is left out
    where PostgreSQL looks for names there first.

    Takes the name, or schema and name, or schema, table and name; a schema or table may be "".
    """
    last = len(parts) - 1
    return ".".join(
        _quote(part)
        for position, part in enumerate(parts)
        if position == last or not (part == "" or (position == 0 and part in _left_out))
    )


def qualify_public() -> None:
    """Let `name` write the schema `public`, too: something else comes first on the search path."""
    _left_out.discard("public")


def is_left_out(schema: str) -> bool:
    """Return whether `name` leaves the schema out."""
    return schema in ("", *_left_out)


def unqualified(sql: str) -> str:
    """Return the text, as PostgreSQL prints it, without the schema `public` where `name` leaves it
    out; but of functions, and of types that the server has as well.
    """

    def shortened(match: re.Match[str]) -> str:
        return match[0] if match["opaque"] or match["name"] in _SERVER_TYPES else ""

    return _PUBLIC.sub(shortened, sql) if is_left_out("public") else sql


def is_of_server(type_name: str) -> bool:
    """Return whether the server has a type of this name, which comes first on the search path."""
    return type_name in _SERVER_TYPES


def qualified(schema: str, name: str) -> str:
    """Return the name as PostgreSQL writes it if no schema is on the search path."""
    return f"{_quote(schema)}.{_quote(name)}"


def beside(name: str, suffix: str) -> str:
    """Return a name for something that is put aside; PostgreSQL would cut a longer one short."""
    return name.encode()[: 63 - len(suffix)].decode(errors="ignore") + suffix


def mention(qualified_name: str) -> re.Pattern[str]:
    """Return what finds a qualified name in a definition, and after it the [] of an array."""
    return re.compile(rf"(?<![\w\".]){re.escape(qualified_name)}(\[\])*(?![\w\".])")


def literal(text: str) -> str:
    """Return the text as a string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Return the name as PostgreSQL reads it whatever its letters, for `exec_driver_sql`."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def plain(name: str) -> str:
    """Return a name without its quotes."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def dotted(text: str) -> list[str]:
    """Return the parts of a qualified name."""
    return [plain(part) for part in re.findall(r'"(?:[^"]|"")*"|[^".]+', text)]
