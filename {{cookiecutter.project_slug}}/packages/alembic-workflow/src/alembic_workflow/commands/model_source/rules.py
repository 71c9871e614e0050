"""Constraints and indexes as a model writes them."""

import re

from alembic_workflow.catalog.creation import creation, without_state
from alembic_workflow.catalog.items import Item
from alembic_workflow.commands.model_source.words.imports import Imports
from alembic_workflow.commands.model_source.words.parsing import clauses, enclosed, names, parts
from alembic_workflow.sql.identifiers import dotted, plain
from alembic_workflow.sql.text import without_parameters

_FOREIGN_KEY = re.compile(
    r"(?: MATCH (?P<match>\w+))?"
    r"(?: ON UPDATE (?P<onupdate>(?:NO ACTION|RESTRICT|CASCADE|SET NULL|SET DEFAULT)))?"
    r"(?: ON DELETE (?P<ondelete>(?:NO ACTION|RESTRICT|CASCADE|SET NULL|SET DEFAULT)"
    r"(?: \([^)]*\))?))?(?P<rest>.*)"
)
_TARGET = re.compile(r" REFERENCES ((?:\"(?:[^\"]|\"\")+\"|[^\s(\"])+)(?=\()")
_INDEX = re.compile(
    r"CREATE (?P<unique>UNIQUE )?INDEX (?:\"(?:[^\"]|\"\")+\"|\w+) ON (?:ONLY )?"
    r"(?:\"(?:[^\"]|\"\")+\"|[^\s\"])+ USING (?P<using>\w+) (?P<rest>\(.*)",
    re.DOTALL,
)
_DEFERRABLE = {
    "": [],
    "DEFERRABLE": ["deferrable=True"],
    "DEFERRABLE INITIALLY DEFERRED": ["deferrable=True", "initially='DEFERRED'"],
}


class Rules:
    """Writes constraints and indexes, and remembers what the file needs for them."""

    def __init__(self, imports: Imports, schema: str) -> None:
        """Take where imports are collected, and the schema of what is named without one."""
        self._imports = imports
        self._default_schema = schema

    def source(self, item: Item, definition: str) -> str | None:
        """Return what stands in `__table_args__`; None if there are no words for it."""
        try:
            return self._source(item, definition)
        except (ValueError, KeyError):
            return None

    def _source(self, item: Item, definition: str) -> str | None:
        if item.kind == "index":
            return self._index(item, definition)
        for start, write in {
            "PRIMARY KEY ": self._primary_key,
            "UNIQUE ": self._unique,
            "FOREIGN KEY ": self._foreign_key,
            "CHECK ": self._check,
        }.items():
            if definition.startswith(start):
                return write(item, definition.removeprefix(start))
        return None

    def _primary_key(self, item: Item, text: str) -> str:
        columns, rest = enclosed(text)
        options = _include(rest)
        return self._call("PrimaryKeyConstraint", item, names(columns), options)

    def _unique(self, item: Item, text: str) -> str:
        words = "NULLS NOT DISTINCT "
        columns, rest = enclosed(text.removeprefix(words))
        options = ["postgresql_nulls_not_distinct=True"] if text.startswith(words) else []
        return self._call("UniqueConstraint", item, names(columns), options + _include(rest))

    def _call(self, name: str, item: Item, columns: list[str], options: list[str]) -> str:
        arguments = [*map(repr, columns), f"name={item.name!r}", *options]
        return f"{self._imports.sa(name)}({', '.join(arguments)})"

    def _foreign_key(self, item: Item, text: str) -> str:
        columns, rest = enclosed(text)
        found = _TARGET.match(rest)
        if found is None:
            raise ValueError(text)
        referred_columns, rest = enclosed(rest[found.end() :])
        match = _FOREIGN_KEY.fullmatch(rest)
        if match is None:
            raise ValueError(text)
        target = dotted(found[1])
        target = target[1:] if target[0] == self._default_schema else target
        referred = [".".join([*target, column]) for column in names(referred_columns)]
        if any("." in part for part in target) or max(r.count(".") for r in referred) > len(target):
            raise ValueError(text)
        options = [
            f"{key}={match[key]!r}" for key in ("match", "onupdate", "ondelete") if match[key]
        ]
        options += _DEFERRABLE[match["rest"].strip()]
        name = self._imports.sa("ForeignKeyConstraint")
        arguments = [repr(names(columns)), repr(referred), f"name={item.name!r}", *options]
        return f"{name}({', '.join(arguments)})"

    def _check(self, item: Item, text: str) -> str:
        expression, rest = enclosed(text)
        if rest.strip():
            raise ValueError(text)
        # The naming convention would change a name that is not marked as final.
        conv = self._imports.use("sqlalchemy.schema", "conv")
        name = self._imports.sa("CheckConstraint")
        return f"{name}({without_parameters(expression)!r}, name={conv}({item.name!r}))"

    def _index(self, item: Item, definition: str) -> str:
        match = _INDEX.fullmatch(definition)
        if match is None:
            raise ValueError(definition)
        elements, rest = enclosed(match["rest"])
        options = ["unique=True"] if match["unique"] else []
        if match["using"] != "btree":
            options.append(f"postgresql_using={match['using']!r}")
        head, where, condition = rest.partition(" WHERE ")
        if " NULLS NOT DISTINCT" in head:
            head = head.replace(" NULLS NOT DISTINCT", "")
            options.append("postgresql_nulls_not_distinct=True")
        for word, inside in clauses(head, "INCLUDE", "WITH"):
            if word == "INCLUDE":
                options.append(f"postgresql_include={names(inside)!r}")
            else:
                pairs = dict(pair.split("=", 1) for pair in parts(inside))
                pairs = {key: value.strip("'") for key, value in pairs.items()}
                options.append(f"postgresql_with={pairs!r}")
        if where:
            options.append(f"postgresql_where={self._text(condition)}")
        written = [self._element(part) for part in parts(elements)]
        return f"{self._imports.sa('Index')}({', '.join([repr(item.name), *written, *options])})"

    def _element(self, text: str) -> str:
        is_column = re.fullmatch(r'\w+|"(?:[^"]|"")+"', text)
        return repr(plain(text)) if is_column else self._text(text)

    def _text(self, sql: str) -> str:
        return f"{self._imports.sa('text')}({without_parameters(sql)!r})"


def statement(item: Item, definition: str) -> str:
    """Return the statement for what `__table_args__` has no words for."""
    return creation(item, without_state(definition))


def _include(text: str) -> list[str]:
    rest, options = text.strip(), []
    if rest.startswith("INCLUDE "):
        inside, rest = enclosed(rest.removeprefix("INCLUDE "))
        options.append(f"postgresql_include={names(inside)!r}")
    return options + _DEFERRABLE[rest.strip()]
