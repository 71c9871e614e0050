"""The names in a statement, as a recipe needs them."""

import re

from alembic_workflow.sql.text import without_parameters

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_IF = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
_TABLE = re.compile(
    r"\b(?:ALTER\s+TABLE|INDEX\b.*?\bON|UPDATE|DELETE\s+FROM|INSERT\s+INTO|VACUUM\s+FULL"
    rf"|VACUUM\s*\(.*?\))\s+{_IF}(?:ONLY\s+)?(?:({_NAME})\.)?({_NAME})",
    re.IGNORECASE | re.DOTALL,
)
_COLUMN = re.compile(
    rf"\b(?:ADD|ALTER|DROP|RENAME)\s+(?:COLUMN\s+)?{_IF}(?!TABLE\b|CONSTRAINT\b|NOT\b|COLUMN\b)"
    rf"({_NAME})\s*(?!TO\b|SET\b|DROP\b|TYPE\b)([\w ]*)",
    re.IGNORECASE,
)
_CONSTRAINT = re.compile(rf"\bCONSTRAINT\s+({_NAME})", re.IGNORECASE)
_KEY = re.compile(r"\b(?:UNIQUE|PRIMARY\s+KEY)[^(]*\(([^)]*)\)", re.IGNORECASE)
_NEW_NAME = re.compile(rf"\bTO\s+({_NAME})", re.IGNORECASE)
_VALUES = {
    "BOOL": "false",
    "TIME|DATE": "now()",
    "UUID": "gen_random_uuid()",
    "JSON": "'{}'",
    "CHAR|VARCHAR|TEXT|BYTEA": "''",
    "BIGINT|INT|SMALLINT|NUMERIC|DECIMAL|REAL|DOUBLE|FLOAT": "0",
}


_UPDATE = re.compile(
    rf"UPDATE\s+(?:ONLY\s+)?(?:{_NAME}\.)?{_NAME}\s+SET\s+({_NAME})\s*=\s*((?:(?!,|\bFROM\b).)*?)"
    r"(?:\s+WHERE\s+(.*?))?\s*;?\s*$",
    re.IGNORECASE | re.DOTALL,
)


class Names:
    """The names in one clause of a statement, quoted as they were.

    Where the statement does not say it, there is a name that a person will replace.
    """

    def __init__(self, sql: str, fragment: str) -> None:
        """Take the statement and the clause; no clause stands for all of it."""
        end = sql.rfind(fragment) + len(fragment) if fragment else len(sql)
        match = _TABLE.search(sql)
        self.schema: str | None = match[1] if match else None
        self.table: str = match[2] if match else "posts"
        columns: list[tuple[str, str]] = _COLUMN.findall(sql[:end]) or _COLUMN.findall(sql)
        self.column, kind = columns[-1] if columns else ("title", "")
        self.value = next(
            (value for pattern, value in _VALUES.items() if re.match(pattern, kind, re.I)), "NULL"
        )
        key = _KEY.search(fragment)
        self.key = (
            [bare(name.strip()) for name in key[1].split(",")] if key else [bare(self.column)]
        )
        found = _NEW_NAME.search(fragment)
        self.new = found[1] if found else f"{bare(self.column)}_new"
        constraint = _CONSTRAINT.search(fragment)
        self.constraint = constraint[1] if constraint else ""

        update = _UPDATE.match(sql.strip())
        self.update: tuple[str, str, str | None] | None = None
        if update:
            self.update = (update[1], update[2], update[3])

    @property
    def qualified(self) -> str:
        """The table, with its schema if the statement gives one."""
        return f"{self.schema}.{self.table}" if self.schema else self.table


def bare(name: str) -> str:
    """Return the name without quotes."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def literal(value: str) -> str:
    """Return Python source of the text."""
    return repr(value) if '"' in value or "\\" in value or "\n" in value else f'"{value}"'


def executed(sql: str) -> str:
    """Return the operation that executes the SQL."""
    return f"op.execute({literal(without_parameters(sql))})"
