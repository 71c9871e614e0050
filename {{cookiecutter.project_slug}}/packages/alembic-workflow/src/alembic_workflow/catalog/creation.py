"""Statements that make what a catalog describes, and those that drop it."""

import re

from alembic_workflow.catalog.items import Item
from alembic_workflow.sql.identifiers import name

STATEMENTS = {
    "comment on table": (
        "COMMENT ON TABLE {table} IS {definition}",
        "COMMENT ON TABLE {table} IS NULL",
    ),
    "comment on column": (
        "COMMENT ON COLUMN {table}.{name} IS {definition}",
        "COMMENT ON COLUMN {table}.{name} IS NULL",
    ),
    "comment on constraint": (
        "COMMENT ON CONSTRAINT {name} ON {table} IS {definition}",
        "COMMENT ON CONSTRAINT {name} ON {table} IS NULL",
    ),
    "column": (
        "ALTER TABLE {table} ADD COLUMN {name} {definition}",
        "ALTER TABLE {table} DROP COLUMN {name}",
    ),
    "constraint": (
        "ALTER TABLE {table} ADD CONSTRAINT {name} {definition}",
        "ALTER TABLE {table} DROP CONSTRAINT {name}",
    ),
    "index": ("{definition}", "DROP INDEX {qualified}"),
    "trigger": ("{definition}", "DROP TRIGGER {name} ON {table}"),
    "domain": ("CREATE DOMAIN {qualified} AS {definition}", "DROP DOMAIN {qualified}"),
    "view": ("CREATE {kind} {qualified} {rest}", "DROP {kind} {qualified}"),
    "sequence": ("", ""),
}
_CREATIONS = {
    "extension": "CREATE EXTENSION {name}",
    "enum": "CREATE TYPE {qualified} AS {definition}",
    "sequence": "CREATE SEQUENCE {qualified} {options}",
    "function": "{definition}",
}


def creation(item: Item, definition: str) -> str:
    """Return the statement that creates what a catalog describes; not for tables and columns."""
    template = _CREATIONS.get(item.kind) or STATEMENTS[item.kind][0]
    return _filled(template, item, definition)


def removal(item: Item, definition: str) -> str:
    """Return the statement that drops what `creation` makes; not for all kinds."""
    return _filled(STATEMENTS[item.kind][1], item, definition)


_VIEW_OPTIONS = re.compile(r"^(?:WITH \([^)]*\) )?")


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
