"""The part of a database that is the service's own."""

import re
from collections.abc import Sequence

from alembic_workflow.catalog.extras.extra import Extra
from alembic_workflow.catalog.items import Catalog, Difference, Item, tables_of
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.identifiers import mention, qualified


def own_part(differing: Sequence[Difference], expected: Catalog, live: Catalog) -> Catalog:
    """Return what is the service's own, and what that needs.

    If no table belongs to others, the whole database is its own, but for versions of Alembic's.
    """
    known = expected.keys() | {each.item for each in differing}
    own = {item: text for item, text in live.items() if item in known or item.parent in known}
    if _is_alone(own, live):
        return {item: text for item, text in live.items() if not _is_version_table(item)}
    own |= {item: text for item, text in live.items() if item.kind == "extension"}
    others = {
        item: text
        for item, text in live.items()
        if item not in own and KINDS[item.kind].before_tables
    }
    while True:
        texts = " ".join(own.values())
        needed = {i: text for i, text in others.items() if _named(i).search(texts)}
        if not needed.keys() - own.keys():
            return own
        own |= needed


def own_extras(found: Sequence[Extra], own: Catalog, live: Catalog) -> list[Extra]:
    """Return the extras of the service's own tables, and all others if no table is another's."""
    is_alone, tables = _is_alone(own, live), tables_of(own)
    return [each for each in found if is_alone or (each.schema, each.table) in tables]


def _is_alone(own: Catalog, live: Catalog) -> bool:
    """Return whether no table is another service's, but for foreign ones."""
    return not any(
        item.kind == "table" and item not in own and not text.startswith("FOREIGN ")
        for item, text in live.items()
        if not _is_version_table(item)
    )


def _is_version_table(item: Item) -> bool:
    return (item.parent or item).name.startswith("alembic_version")


def _named(item: Item) -> re.Pattern[str]:
    return mention(qualified(item.schema, item.name.partition("(")[0]))
