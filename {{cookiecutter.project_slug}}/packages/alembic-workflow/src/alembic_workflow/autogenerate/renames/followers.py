"""Renames that follow from others: of indexes, constraints and sequences named after a column."""

import re
from collections.abc import Iterator, Sequence

from alembic_workflow.autogenerate.directives import SQLOperation, rename
from alembic_workflow.catalog.creation import renaming
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.identifiers import beside

_INDEX_NAME = re.compile(r'^(CREATE (?:UNIQUE )?INDEX )(?:"(?:[^"]|"")+"|[^".:,\s]+) ')


def following(differences: Sequence[Difference]) -> Iterator[SQLOperation]:
    """Yield the renames of what is the same but for a name that was made from another name.

    Takes the differences that are left once tables and columns have been renamed: an index whose
    definition is expected under one name and found under another.
    """
    found = {
        (d.item.kind, d.item.schema, d.item.table, _nameless(d.item, d.found)): d.item
        for d in differences
        if d.expected is None and d.found is not None
    }
    pairs: list[tuple[Item, str]] = []
    for difference in differences:
        item, expected = difference.item, difference.expected
        if difference.found is not None or expected is None or not KINDS[item.kind].rename:
            continue
        old = found.pop((item.kind, item.schema, item.table, _nameless(item, expected)), None)
        if old is not None:
            pairs.append((item, old.name))
    yield from _renames_of_parts(pairs)


def _renames_of_parts(pairs: Sequence[tuple[Item, str]]) -> Iterator[SQLOperation]:
    """All in a schema share their names, so those of two tables that are swapped go by a third."""
    taken = {(item.schema, old) for item, old in pairs}
    swapped = [(item, old) for item, old in pairs if (item.schema, item.name) in taken]
    for item, old in swapped:
        yield _rename_of_part(item, old, beside(old, "_being_renamed"))
    for item, old in pairs:
        if (item, old) not in swapped:
            yield _rename_of_part(item, old, item.name)
    for item, old in swapped:
        yield _rename_of_part(item, beside(old, "_being_renamed"), item.name)


def _nameless(item: Item, definition: str) -> str:
    """Only the definition of an index begins with its name."""
    return _INDEX_NAME.sub(r"\1", definition) if item.kind == "index" else definition


def _rename_of_part(item: Item, old: str, new: str) -> SQLOperation:
    return rename(renaming(item, old, new), renaming(item, new, old))
