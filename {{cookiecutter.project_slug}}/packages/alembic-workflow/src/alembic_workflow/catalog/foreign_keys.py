"""Foreign keys: the tables that they point to."""

import re

from alembic_workflow.catalog.items import Item
from alembic_workflow.sql.identifiers import dotted

_TARGET = re.compile(r"FOREIGN KEY \(.*?\) REFERENCES ((?:\"(?:[^\"]|\"\")+\"|[^\s(\"])+)\(")


def target_of(item: Item, definition: str) -> Item | None:
    """Return the table that a foreign key points to; None of all else."""
    match = _TARGET.match(definition) if item.kind == "constraint" else None
    if match is None:
        return None
    schema, name = dotted(match[1])
    return Item("table", schema, "", name)
