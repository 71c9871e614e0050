"""Constraints and indexes of random models."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from workflow.safe.random_models.kinds import INTEGERS, RANGES, TEXTS
from workflow.safe.random_models.tables import Part, Tab

_UNIQUE = (
    "",
    ", deferrable=True",
    ', deferrable=True, initially="DEFERRED"',
    ", postgresql_nulls_not_distinct=True",
    ', postgresql_include=["id"]',
)
_REFERENCE = ("", ', ondelete="CASCADE"', ', onupdate="CASCADE", deferrable=True', ', match="FULL"')


class Form(NamedTuple):
    """A kind of constraint or index."""

    write: Callable[[str, Sequence[str]], str]
    """Takes its name and columns, and returns its source."""
    columns: int = 1
    kinds: tuple[str, ...] = ()
    """The types of its columns; any will do if there is none."""
    is_unique: bool = False
    of_partitioned: bool = True
    """Whether a partitioned table can have it."""


def quoted(column: str) -> str:
    """Return a column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'


def string(text: str) -> str:
    """Return a string in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _index(options: str = "") -> Callable[[str, Sequence[str]], str]:
    return lambda key, columns: f"sa.Index({key!r}, {', '.join(map(repr, columns))}{options})"


def _of(expression: str, options: str = "") -> Callable[[str, Sequence[str]], str]:
    """Return what writes an index of an expression."""

    def write(key: str, columns: Sequence[str]) -> str:
        return f"sa.Index({key!r}, sa.text({expression.format(quoted(columns[0]))!r}){options})"

    return write


def _where(key: str, columns: Sequence[str]) -> str:
    condition = f"{quoted(columns[0])} IS NOT NULL AND '100%\\:x' <> ''"
    return f"sa.Index({key!r}, {columns[0]!r}, postgresql_where=sa.text({condition!r}))"


def _operators(key: str, columns: Sequence[str]) -> str:
    operators = {columns[0]: "text_pattern_ops"}
    return f"sa.Index({key!r}, {columns[0]!r}, postgresql_ops={operators!r})"


def _unique(key: str, columns: Sequence[str]) -> str:
    options = random.Random(key).choice(_UNIQUE)
    return f"sa.UniqueConstraint({', '.join(map(repr, columns))}, name={key!r}{options})"


def _check(condition: str) -> Callable[[str, Sequence[str]], str]:
    def write(key: str, columns: Sequence[str]) -> str:
        text = condition.format(*map(quoted, columns))
        return f"sa.CheckConstraint({text!r}, name={key!r})"

    return write


def _exclude(key: str, columns: Sequence[str]) -> str:
    return f'postgresql.ExcludeConstraint(({columns[0]!r}, "&&"), name={key!r}, using="gist")'


def _reference(key: str, columns: Sequence[str]) -> str:
    options = random.Random(key).choice(_REFERENCE)
    targets = ["doubles.a", "doubles.b"]
    return f"sa.ForeignKeyConstraint({list(columns)!r}, {targets}, name={key!r}{options})"


FORMS = {
    "ix": Form(_index()),
    "ix2": Form(_index(), 2),
    "desc": Form(_of("{} DESC NULLS LAST")),
    "lower": Form(_of("lower({})"), 1, TEXTS),
    "double": Form(_of("({} * 2)", ", postgresql_with={'fillfactor': 70}"), 1, INTEGERS),
    "where": Form(_where),
    "ops": Form(_operators, 1, TEXTS),
    "hash": Form(_index(', postgresql_using="hash"')),
    "brin": Form(_index(', postgresql_using="brin"'), 1, INTEGERS),
    "gin": Form(_index(', postgresql_using="gin"'), 1, ("postgresql.JSONB", "sa.ARRAY(sa.Text)")),
    "cover": Form(
        _index(', unique=True, postgresql_include=["id"]'), is_unique=True, of_partitioned=False
    ),
    "uq": Form(_unique, is_unique=True),
    "uq2": Form(_unique, 2, is_unique=True),
    "ck": Form(_check("{} > 0"), 1, INTEGERS),
    "sum": Form(_check("{} + {} > -1"), 2, INTEGERS),
    "text": Form(_check("{0} <> '100%\\:x' AND {0} NOT IN ('a%', 'b')"), 1, TEXTS),
    "ex": Form(_exclude, 1, RANGES, of_partitioned=False),
    "fk": Form(_reference, 2, INTEGERS),
}


def part(form: str, key: str, table: Tab, columns: Sequence[str]) -> Part:
    """Return a constraint or index; a unique one of a partitioned table has its key."""
    own = list(columns)
    if FORMS[form].is_unique and table.is_partitioned:
        own.append("day")
    source = FORMS[form].write(key, own).replace('["id"]', f"[{table.first!r}]")
    if not all(table.columns[each].required for each in columns):
        source = source.replace("nulls_not_distinct=True", "nulls_not_distinct=False")
        source = source.replace(', match="FULL"', "")
    return Part(source, tuple(columns))
