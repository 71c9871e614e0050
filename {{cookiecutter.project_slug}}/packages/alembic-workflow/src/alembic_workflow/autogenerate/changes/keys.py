"""Changes of a key or a unique index, around the foreign keys that point to it."""

from collections.abc import Iterable, Iterator, Mapping

from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.sql.identifiers import mention, qualified

_KEYS = ("PRIMARY KEY", "UNIQUE", "CREATE UNIQUE INDEX")


def key_operations(
    differences: Iterable[Difference], catalog: Mapping[Item, str]
) -> Iterator[list[SQLOperation]]:
    """Yield, for each key that changes, what does it together with the keys that point to it.

    A constraint may become an index, or the other way round. For what PostgreSQL refuses by itself.
    Takes what is there now.
    """
    keys = [each for each in differences if (each.expected or each.found or "").startswith(_KEYS)]
    for item, _, found in keys:
        if found is None:
            continue
        target = mention(qualified(item.schema, item.table))
        pointing = [
            made(key, text)
            for key, text in catalog.items()
            if key.kind == "constraint"
            and text.startswith("FOREIGN KEY")
            and target.search(text.partition(" REFERENCES ")[2])
        ]
        own = [each for each in keys if each.item.parent == item.parent]
        yield [
            *(key.reverse() for key in pointing),
            *(made(each.item, each.found).reverse() for each in own if each.found is not None),
            *(made(each.item, each.expected) for each in own if each.expected is not None),
            *pointing,
        ]
