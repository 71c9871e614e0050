"""Enum types: created, changed and dropped in plain SQL, so that it can also be printed."""

from collections.abc import Iterator, Sequence

from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.changes.replacement import Replacement
from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.directives import SQLOperation, autocommit
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.sql.identifiers import literal, name
from alembic_workflow.sql.text import strings


def drops(differences: Sequence[Difference]) -> Iterator[SQLOperation]:
    """Yield the operations for types that no column uses any more."""
    for item, expected, found in differences:
        if item.kind == "enum" and expected is None and found is not None:
            yield made(item, found).reverse()


def changes(differences: Sequence[Difference], trial: Trial) -> Iterator[list[MigrateOperation]]:
    """Yield, for each type whose values change, the operations that do it together.

    New values are added; they can be used only once that is committed. To take values away, or to
    change their order, another type takes the place of the old one. Takes what is there now.
    """
    for item, expected, found in differences:
        if item.kind != "enum" or expected is None or found is None:
            continue
        old, new = values(found), values(expected)
        replacement = Replacement(item, old, new, differences, trial)
        if [value for value in new if value in old] == old:
            undo = SQLOperation.of_several([], replacement.undoing())
            yield [undo, *(autocommit(statement) for statement in _additions(item, old, new))]
        else:
            operation = SQLOperation.of_several(replacement.statements(), replacement.undoing())
            operation.replaces = item
            yield [*replacement.notes(), operation]


def values(definition: str) -> list[str]:
    """Return the values in a type's definition."""
    return strings(definition)


def _additions(item: Item, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for position, value in enumerate(new):
        if value not in old:
            # A revision that fails later on is run again.
            statement = f"ALTER TYPE {name(item.schema, item.name)} ADD VALUE IF NOT EXISTS "
            after = [other for other in new[position:] if other in old]
            yield statement + literal(value) + (f" BEFORE {literal(after[0])}" if after else "")
