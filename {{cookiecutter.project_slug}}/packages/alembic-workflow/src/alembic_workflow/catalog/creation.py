"""Statements that make what a catalog describes, and those that drop it."""

import re

from alembic_workflow.catalog.items import Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.identifiers import name

_VIEW_OPTIONS = re.compile(r"^(?:WITH \([^)]*\) )?")


def creation(item: Item, definition: str) -> str:
    """Return the statement that creates what a catalog describes; not for tables and columns."""
    return _filled(KINDS[item.kind].create, item, definition)


def removal(item: Item, definition: str) -> str:
    """Return the statement that drops what `creation` makes; not for all kinds."""
    return _filled(KINDS[item.kind].drop, item, definition)


def renaming(item: Item, old: str, new: str) -> str:
    """Return the statement that gives the thing another name; not for all kinds."""
    return KINDS[item.kind].rename.format(
        table=name(item.schema, item.table),
        qualified=name(item.schema, old),
        old=name(old),
        new=name(new),
    )


def _filled(template: str, item: Item, definition: str) -> str:
    kind, _, rest = definition.partition("VIEW ")
    return template.format(
        table=name(item.schema, item.table),
        qualified=name(item.schema, item.name),
        name=name(item.name),
        definition=definition,
        options=definition.removeprefix("SEQUENCE ").partition(" OWNED BY ")[0],
        kind=f"{kind}VIEW",
        rest=_VIEW_OPTIONS.sub(r"\g<0>AS ", rest, count=1),
    )
