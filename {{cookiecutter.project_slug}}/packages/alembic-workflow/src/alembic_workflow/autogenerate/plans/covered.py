"""Changes that the safe form of another change makes as well."""

from collections.abc import Iterable, Iterator, Sequence

from alembic_workflow.autogenerate.plans.recording import Recorded
from alembic_workflow.catalog.items import Catalog, Difference, Item
from alembic_workflow.safe_forms.parts import parts_of


def done_otherwise(
    differences: Iterable[Difference], recorded: Sequence[Recorded], before: Catalog, after: Catalog
) -> Iterator[Item]:
    """Yield what goes with a column, and the keys and indexes that get another definition.

    Takes what differs in the end in tables in use, what each operation did, and both catalogs.
    """
    for item, expected, found in differences:
        if item.kind == "column" and expected is None:
            for part in parts_of(item, before):
                for kind in ("constraint", "index"):
                    gone = item._replace(kind=kind, name=part.name)
                    if gone in before and gone not in after:
                        yield gone
        both = None not in (expected, found)
        if both and item.kind == "index":
            yield item
        if both and (found or "").startswith(("UNIQUE", "PRIMARY KEY")):
            yield item
            yield from _made_again(recorded, after)


def _made_again(recorded: Iterable[Recorded], after: Catalog) -> Iterator[Item]:
    """Yield the foreign keys that go and come back as they were."""
    for each in recorded:
        for item, expected, found in each.differences:
            is_key = (found or "").startswith("FOREIGN KEY") and expected is None
            if is_key and after.get(item) == found:
                yield item
