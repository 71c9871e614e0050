"""An enum type in whose place another one is put, with all that is made from it around."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from alembic_workflow.autogenerate.changes.dependents import (
    attributes_of,
    dependents,
    functions_of,
    generated_from,
    grants_notes,
)
from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.directives import NoteOperation
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.creation import rank
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.sql.identifiers import beside, literal, mention, name, qualified
from alembic_workflow.sql.text import strings

_OF_MODELS = ("column", "constraint", "index")


class Use(NamedTuple):
    """A column or a domain that is of the type, or a column of such a domain."""

    item: Item
    text: str
    type: str
    """The type's name, with the [] of an array."""
    plain: str
    """The type that its values go by way of: text, with the [] of an array."""

    def alter(self, kind: str) -> str:
        """Return the statement that changes the type of a column."""
        own = name(self.item.name)
        using = f"{own}::{self.plain}" + ("" if kind == self.plain else f"::{kind}")
        return f"{_alter_column(self.item)} TYPE {kind} USING {using}"


class Replacement:
    """The statements that replace a type, and those that undo it."""

    def __init__(
        self,
        item: Item,
        old: Sequence[str],
        new: Sequence[str],
        differences: Iterable[Difference],
        trial: Trial,
    ) -> None:
        """Take the type, its values, what else differs, and the trial that has the old type."""
        self._item, self._old, self._new = item, old, new
        self._wanted = {each.item: each.expected for each in differences}
        catalog = trial.catalog()
        used = [each for each in _uses(item, catalog) if not column_text(each.text).is_computed]
        self._columns = [each for each in used if each.item.kind == "column"]
        self._domains = [each for each in used if each.item.kind == "domain"]
        self._of_domains = [
            each
            for used_domain in self._domains
            for each in _uses(used_domain.item, catalog)
            if each.item.kind == "column"
        ]
        self._attributes = list(attributes_of(item, catalog))
        self._functions = [(each, catalog[each]) for each in functions_of(item, catalog)]
        self._around = list(self._made_around(catalog, trial))

    def notes(self) -> list[NoteOperation]:
        """Return what to grant again."""
        return grants_notes(item for item, _ in (*self._functions, *self._around))

    def statements(self) -> list[str]:
        """Return what puts a type with the new values in the place of the old one."""
        gone = [*self._functions, *self._around]
        kept = [each for each in self._around if not self._is_lost(*each)]
        return list(self._replacing(self._old, self._new, gone, kept, self._wanted))

    def undoing(self) -> list[str]:
        """Return what undoes that; what mentions a value that went is not there to be dropped."""
        kept = [each for each in self._around if not self._is_lost(*each)]
        return list(
            self._replacing(self._new, self._old, [*self._functions, *kept], self._around, {})
        )

    def _replacing(
        self,
        old: Sequence[str],
        new: Sequence[str],
        gone: Sequence[tuple[Item, str]],
        back: Sequence[tuple[Item, str]],
        wanted: dict[Item, str | None],
    ) -> Iterator[str]:
        target = name(self._item.schema, self._item.name)
        aside = beside(self._item.name, "_before")
        with_default = [
            (each.item, default)
            for each in (*self._columns, *self._of_domains)
            if (default := column_text(each.text).default) is not None
        ]
        yield from (made(*each).undo for each in reversed(gone))
        yield from (f"{_alter_column(column)} DROP DEFAULT" for column, _ in with_default)
        yield from (each.alter(each.plain) for each in self._of_domains)
        yield from (made(each.item, each.text).undo for each in self._domains)
        yield f"ALTER TYPE {target} RENAME TO {name(aside)}"
        yield f"CREATE TYPE {target} AS ENUM ({', '.join(map(literal, new))})"
        yield from (each.alter(each.type) for each in self._columns)
        yield from self._attributes
        for each in self._domains:
            yield made(each.item, wanted.get(each.item) or each.text).statement
        yield from (each.alter(each.type) for each in self._of_domains)
        yield f"DROP TYPE {name(self._item.schema, aside)}"
        yield from (made(*each).statement for each in self._functions)
        for column, default in with_default:
            is_lost = any(value not in new and _mentions(default, value) for value in old)
            yield f"{_alter_column(column)} SET DEFAULT {'NULL' if is_lost else default}"
        yield from (made(*each).statement for each in back)

    def _made_around(self, catalog: Catalog, trial: Trial) -> Iterator[tuple[Item, str]]:
        """Yield what goes first, in the order in which it is made again."""
        uses = mention(qualified(self._item.schema, self._item.name))
        own = [
            each.item for each in _uses(self._item, catalog) if column_text(each.text).is_computed
        ]
        columns = [each.item for each in (*self._columns, *self._of_domains)]
        generated = [*own, *(item for each in columns for item in generated_from(each, catalog))]
        yield from ((item, catalog[item]) for item in dict.fromkeys(generated))
        rules = [
            (item, text)
            for item, text in catalog.items()
            if item.kind in ("constraint", "index") and uses.search(text)
        ]
        yield from sorted(rules, key=lambda each: rank(*each))
        others = [i for each in (*columns, *generated) for i in dependents(trial, each, catalog)]
        yield from ((item, catalog[item]) for item in dict.fromkeys(others))

    def _is_lost(self, item: Item, text: str) -> bool:
        """Return whether it mentions a value that goes, so that the models say it otherwise now."""
        gone = [value for value in self._old if value not in self._new]
        return item.kind in _OF_MODELS and any(_mentions(text, value) for value in gone)


def _uses(item: Item, catalog: Catalog) -> Iterator[Use]:
    uses = mention(qualified(item.schema, item.name))
    target = name(item.schema, item.name)
    for each, text in catalog.items():
        match = uses.match(text) if each.kind in ("column", "domain") else None
        if match is not None:
            array = match[1] or ""
            yield Use(each, text, f"{target}{array}", f"text{array}")


def _mentions(sql: str, value: str) -> bool:
    """Return whether the value stands in a string of the text, by itself or in an array."""
    word = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
    return any(word.search(string) for string in strings(sql))


def _alter_column(column: Item) -> str:
    table = name(column.schema, column.table)
    return f"ALTER TABLE {table} ALTER COLUMN {name(column.name)}"
