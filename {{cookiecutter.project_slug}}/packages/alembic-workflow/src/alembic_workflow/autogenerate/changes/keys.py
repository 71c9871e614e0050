"""Changes of a primary or unique key, around the foreign keys that point to it."""

from collections.abc import Iterable, Iterator, Mapping

from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.sql.identifiers import mention, qualified


def key_operations(
    differences: Iterable[Difference], catalog: Mapping[Item, str]
) -> Iterator[list[SQLOperation]]:
    """Yield, for each key that changes, what does it together with the keys that point to it.

    For what PostgreSQL refuses by itself. Takes what is there now.
    """
    for item, expected, found in differences:
        if item.kind != "constraint" or not (found or "").startswith(("PRIMARY KEY", "UNIQUE")):
            continue
        target = mention(qualified(item.schema, item.table))
        keys = [
            made(key, text)
            for key, text in catalog.items()
            if key.kind == "constraint"
            and text.startswith("FOREIGN KEY")
            and target.search(text.partition(" REFERENCES ")[2])
        ]
        yield [
            *(key.reverse() for key in keys),
            made(item, found or "").reverse(),
            *([made(item, expected)] if expected is not None else []),
            *keys,
        ]
