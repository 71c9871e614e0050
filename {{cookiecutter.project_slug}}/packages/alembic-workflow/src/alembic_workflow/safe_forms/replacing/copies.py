"""Indexes and constraints of a column, made for the column that takes its place."""

import re
from collections.abc import Iterable, Iterator

from alembic_workflow.safe_forms.change import Part, Table
from alembic_workflow.safe_forms.constraint_source import (
    add_constraint,
    added,
    drop_constraint,
    partition_foreign_keys,
    validate,
)
from alembic_workflow.safe_forms.definitions import is_key, key_words, use_index
from alembic_workflow.safe_forms.source import alter, create_index, drop_index, execute
from alembic_workflow.safe_forms.step import OF_PARTITIONS
from alembic_workflow.sql.identifiers import beside, name

_STRING = re.compile(r"('(?:[^']|'')*')")


class Copies:
    """The parts of a column, under other names on another column."""

    def __init__(self, table: Table, parts: Iterable[Part], column: str, other: str) -> None:
        """Take the parts as they are on the column, and the column that gets copies."""
        self._table = table
        self._pairs = [(part, _copy(part, column, other)) for part in parts]

    @property
    def built(self) -> tuple[str, ...]:
        """The operations that make the copies, those that commit first; none reads rows locked."""
        indexes = [create_index(self._table, _index(self._table, copy)) for copy in self._indexes()]
        keys = [partition_foreign_keys(self._table, each) for each in self._of_partitions()]
        return (*indexes, *keys, *(_added(self._table, each) for each in self._checked()))

    @property
    def ignore(self) -> tuple[tuple[str, str], ...]:
        """The linter's codes for what is right in making them."""
        return OF_PARTITIONS if any(self._of_partitions()) else ()

    @property
    def unbuilt(self) -> tuple[str, ...]:
        """The operations that undo that."""
        return (
            *(drop_index(self._table, each.name) for each in self._indexes()),
            *(drop_constraint(self._table, each.name) for each in self._checked()),
        )

    @property
    def validated(self) -> tuple[str, ...]:
        """The operations that check the rows for the copies."""
        return tuple(
            validate(self._table, each.name)
            for each in self._checked()
            if not each.definition.endswith(" NOT VALID")
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """The clauses of ALTER TABLE that make keys of the copies' indexes, under their names."""
        return tuple(
            f"ADD CONSTRAINT {name(part.name)} {use_index(part, copy.name)}"
            for part, copy in self._pairs
            if is_key(copy.definition)
        )

    @property
    def renamed(self) -> tuple[str, ...]:
        """The operations that give the others the names of the parts, once these are gone."""
        return tuple(
            execute(
                f"ALTER INDEX {name(self._table.schema, copy.name)} RENAME TO {name(part.name)}"
            )
            if _is_index(copy)
            else alter(self._table, f"RENAME CONSTRAINT {name(copy.name)} TO {name(part.name)}")
            for part, copy in self._pairs
            if not is_key(copy.definition)
        )

    @property
    def restored(self) -> tuple[str, ...]:
        """The operations that make the copies at once, in a downgrade."""
        return (
            *(added(self._table, _index(self._table, copy)) for copy in self._indexes()),
            *(_added(self._table, each) for each in self._checked()),
        )

    def _indexes(self) -> Iterator[Part]:
        return (copy for part, copy in self._pairs if _has_index(copy))

    def _of_partitions(self) -> Iterator[Part]:
        copies = self._checked() if self._table.is_partitioned else ()
        return (copy for copy in copies if copy.definition.startswith("FOREIGN KEY"))

    def _checked(self) -> Iterator[Part]:
        return (copy for part, copy in self._pairs if not _has_index(copy))


def with_column(definition: str, column: str, other: str) -> str:
    """Return the text with another column in the place of the one."""
    own, _, target = definition.partition(" REFERENCES ")
    word = re.compile(rf'(?<![\w".:]){re.escape(name(column))}(?![\w"(.])')
    pieces = _STRING.split(own)
    pieces[::2] = [word.sub(lambda _: name(other), piece) for piece in pieces[::2]]
    return "".join(pieces) + (f" REFERENCES {target}" if target else "")


def _copy(part: Part, column: str, other: str) -> Part:
    if _is_index(part):
        head, using, rest = part.definition.partition(" USING ")
        return Part(beside(part.name, "_new"), head + using + with_column(rest, column, other))
    return Part(beside(part.name, "_new"), with_column(part.definition, column, other))


def _is_index(part: Part) -> bool:
    return part.definition.startswith("CREATE ")


def _has_index(part: Part) -> bool:
    return _is_index(part) or is_key(part.definition)


def _index(table: Table, part: Part) -> Part:
    """Return the part as an index of its own name."""
    if _is_index(part):
        unique = "UNIQUE " if part.definition.startswith("CREATE UNIQUE ") else ""
        words = part.definition.partition(" USING ")[2]
        head = f"CREATE {unique}INDEX {name(part.name)} ON {table.sql}"
        return Part(part.name, f"{head} USING {words}")
    words = key_words(part.definition).index_sql
    head = f"CREATE UNIQUE INDEX {name(part.name)} ON {table.sql}"
    return Part(part.name, f"{head} {words}")


def _added(table: Table, constraint: Part) -> str:
    is_checked = not constraint.definition.endswith((" NOT VALID", " NOT ENFORCED"))
    is_key = constraint.definition.startswith("FOREIGN KEY")
    can_wait = constraint.definition.startswith("CHECK") or (is_key and not table.is_partitioned)
    return add_constraint(table, constraint, " NOT VALID" if is_checked and can_wait else "")
