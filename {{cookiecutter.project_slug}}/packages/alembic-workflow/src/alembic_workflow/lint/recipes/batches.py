"""An UPDATE or DELETE of many rows, written as one that goes in batches."""

import re
from collections.abc import Callable, Iterator

from alembic_workflow.safe_forms.change import Table
from alembic_workflow.safe_forms.source import text
from alembic_workflow.sql.identifiers import dotted, plain
from alembic_workflow.sql.text import Part, masked, without_parameters

_END = r"(?:\s+RETURNING\s.*)?\s*;?\s*$"
_TABLE = r"(?:ONLY\s+)?(?P<table>\S+)(?:\s+(?:AS\s+)?(?!SET\b|USING\b|WHERE\b)(?P<alias>\w+))?"
_UPDATE = re.compile(
    rf"\s*UPDATE\s+{_TABLE}\s+SET\s+(?P<set>.*?)(?:\s+FROM\s+(?P<from>.*?))?"
    rf"(?:\s+WHERE\s+(?P<where>.*?))?{_END}",
    re.IGNORECASE | re.DOTALL,
)
_DELETE = re.compile(
    rf"\s*DELETE\s+FROM\s+{_TABLE}(?:\s+USING\s+(?P<from>.*?))?(?:\s+WHERE\s+(?P<where>.*?))?{_END}",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK = re.compile(r"\s*BEGIN\s+(.*?);?\s*END\s*;?\s*$", re.IGNORECASE | re.DOTALL)
FindTable = Callable[[str, str], Table]
"""Finds a table by schema and name."""


def in_batches(part: Part, find: FindTable) -> str | None:
    """Return the source of an operation that does the same in batches, or None if none is known.

    Takes what finds a table by schema and name. One that adds to what a row has, so that it cannot
    be told which rows are done, has none.
    """
    sql = part.text
    if part.begins("DO") and (block := _BLOCK.match(part.code)):
        sql = block[1]
    outer = masked(sql)
    if match := _UPDATE.match(outer):
        return _update(_Clauses(sql, match), find)
    if match := _DELETE.match(outer):
        return _delete(_Clauses(sql, match), find)
    return None


class _Clauses:
    """The clauses of a statement, by the places that they have without strings and brackets."""

    def __init__(self, sql: str, match: re.Match[str]) -> None:
        names = dotted(sql[slice(*match.span("table"))])
        self.schema, self.table = names if len(names) == 2 else ("public", names[-1])
        self._sql, self._match = sql, match
        self._alias = match["alias"]

    def __getitem__(self, name: str) -> str:
        return self._unaliased(self._sql[slice(*self._match.span(name))])

    @property
    def qualified(self) -> str:
        return self._sql[slice(*self._match.span("table"))]

    def assignments(self) -> Iterator[tuple[str, str]]:
        start, end = self._match.span("set")
        for piece in re.finditer(r"[^,]+", masked(self._sql)[start:end]):
            part = self._sql[start + piece.start() : start + piece.end()]
            column, _, value = part.partition("=")
            yield plain(dotted(column.strip())[-1]), self._unaliased(value.strip())

    def _unaliased(self, sql: str) -> str:
        return re.sub(rf"\b{self._alias}\.", f"{self.qualified}.", sql) if self._alias else sql


def _update(clauses: _Clauses, find: FindTable) -> str | None:
    table = find(clauses.schema, clauses.table)
    values, to_do = {}, []
    for column, value in clauses.assignments():
        name = re.escape(column)
        if column.startswith("(") or re.search(rf"\b{name}\b\s*[-+*/|]|[-+*/|]\s*{name}\b", value):
            return None
        if clauses["from"]:
            value = f"(SELECT {value} FROM {clauses['from']}{_where(clauses)})"
        values[column] = value
        to_do.append(f"{_quoted(column)} IS DISTINCT FROM {value}")
    where = " OR ".join(to_do)
    condition = clauses["where"]
    if clauses["from"]:
        condition = f"EXISTS (SELECT FROM {clauses['from']}{_where(clauses)})"
    if condition:
        where = f"({condition}) AND ({where})"
    pairs = ", ".join(f"{text(column)}: {text(value)}" for column, value in values.items())
    walk = "" if table.key else ", by_block=True"
    given = "{" + pairs + "}"
    return f"backfill({text(table.name)}, {given}, where={text(where)}{table.keyword}{walk})"


def _delete(clauses: _Clauses, find: FindTable) -> str | None:
    table, name = find(clauses.schema, clauses.table), clauses.qualified
    if table.is_partitioned:
        return None  # ctid says which row of a partition only
    source = f"{name}, {clauses['from']}" if clauses["from"] else name
    rows = f"SELECT {name}.ctid FROM {source}{_where(clauses)} LIMIT 1000"
    sql = without_parameters(f"DELETE FROM {name} WHERE ctid IN ({rows})")
    return (
        "with op.get_context().autocommit_block():\n"
        f"    batch = sa.text({text(sql)})\n"
        "    while op.get_bind().execute(batch).rowcount:\n"
        "        pass"
    )


def _where(clauses: _Clauses) -> str:
    return f" WHERE {clauses['where']}" if clauses["where"] else ""


def _quoted(column: str) -> str:
    return column if re.fullmatch(r"[a-z_][a-z0-9_]*", column) else f'"{column}"'
