"""Sequences that models need, and that no class can say."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from alembic_workflow.catalog.column_text import ColumnText, column_text
from alembic_workflow.catalog.items import Item
from alembic_workflow.sql.identifiers import dotted, literal, name, qualified

WHOLE = {"integer", "bigint", "smallint"}
_REFERENCE = re.compile(r"'((?:[^']|'')+)'::regclass")


def _references(definition: str) -> Iterator[Item]:
    """Yield what the default of a column refers to by its name."""
    for reference in _REFERENCE.findall(column_text(definition).default or ""):
        target = dotted(reference.replace("''", "'"))
        yield Item("sequence", target[0], "", target[-1])


class Sequences:
    """Collects what has to be said of sequences: they are made before the tables."""

    def __init__(self, catalog: Mapping[Item, str]) -> None:
        """Take the catalog, which has the sequences and who owns them."""
        self._definitions: dict[Item, tuple[str, str]] = {}
        self._owned: dict[tuple[str, ...], list[Item]] = {}
        for item, text in catalog.items():
            if item.kind == "sequence":
                options, _, owner = text.removeprefix("SEQUENCE ").partition(" OWNED BY ")
                self._definitions[item] = options, owner
                self._owned.setdefault(tuple(dotted(owner)), []).append(item)
        defaults = (text for item, text in catalog.items() if item.kind == "column")
        self._uses = Counter(each for text in defaults for each in _references(text))
        self._needed: dict[Item, None] = {}

    def counts(self, item: Item, column: ColumnText, keys: Iterable[str]) -> bool:
        """Return whether the column is what SQLAlchemy makes of a key that is a whole number."""
        if not column.is_serial or [item.name] != list(keys) or column.type not in WHOLE:
            return False
        sequence = Item("sequence", item.schema, "", f"{item.table}_{item.name}_seq")
        default = f"nextval({literal(qualified(sequence.schema, sequence.name))}::regclass)"
        options, owner = self._definitions.get(sequence, ("", ""))
        return (
            column.default == default
            and options == f"AS {column.type}"
            and dotted(owner) == [item.schema, item.table, item.name]
            and self._uses[sequence] == 1
        )

    def of_column(self, column: Item, text: str) -> list[str]:
        """Take note of the sequences that a column needs or owns, unless it counts.

        Returns the statements that give it those that it owns.
        """
        needed = (each for each in _references(text) if each in self._definitions)
        self._needed |= dict.fromkeys(needed)
        owned = self._owned.get((column.schema, column.table, column.name), [])
        self._needed |= dict.fromkeys(owned)
        return [
            f"ALTER SEQUENCE {name(each.schema, each.name)} OWNED BY {self._definitions[each][1]}"
            for each in owned
        ]

    def statements(self) -> list[str]:
        """Return the statements that make those that are needed."""
        return [
            f"CREATE SEQUENCE IF NOT EXISTS {name(each.schema, each.name)} "
            f"{self._definitions[each][0]}"
            for each in self._needed
        ]
