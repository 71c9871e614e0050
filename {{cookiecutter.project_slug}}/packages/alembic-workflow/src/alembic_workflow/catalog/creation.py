"""Statements that make what a catalog describes, and those that drop it."""

import re
from typing import NamedTuple

from alembic_workflow.catalog.items import Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.identifiers import name, plain

# The definitions of some kinds begin with their own name.
_OWN_NAME = re.compile(
    r"""(?:INDEX|TRIGGER|RULE|STATISTICS)\ (?:(?:"(?:[^"]|"")+"|\w+)\.)?
    (?P<own>"(?:[^"]|"")+"|\w+)(?=[ (])""",
    re.VERBOSE,
)
_TABLE = re.compile(
    r"""(?P<prefix>UNLOGGED\ )?(?:FOREIGN\ )?TABLE(?:\ INHERITS\ (?P<parents>.*?))?
    (?P<partition>\ PARTITION\ BY\ (?:RANGE|LIST|HASH)\ \(.*?\))?(?P<options>\ WITH\ \([^)]*\))?
    (?P<tablespace>\ TABLESPACE\ \S+)?(?P<forced>\ FORCED)?(?P<rows>\ ROW\ LEVEL\ SECURITY)?
    (?P<identity>\ REPLICA\ IDENTITY\ .*)?""",
    re.DOTALL | re.VERBOSE,
)
_VIEW_OPTIONS = re.compile(r"^(?:WITH \([^)]*\) )?")


class TableWords(NamedTuple):
    """A table's definition, in the parts of a statement."""

    prefix: str
    """UNLOGGED, or nothing."""
    options: str
    """The clauses after the columns."""
    changes: list[str]
    """The clauses that only ALTER TABLE has."""


def table_words(definition: str) -> TableWords:
    """Return how to say what the catalog says of a table."""
    match = _TABLE.fullmatch(definition)
    assert match is not None, definition
    changes = []
    if match["rows"]:
        changes.append("ENABLE ROW LEVEL SECURITY")
    if match["forced"]:
        changes.append("FORCE ROW LEVEL SECURITY")
    if match["identity"] and "INDEX" not in match["identity"]:
        changes.append(match["identity"].strip())
    parents = match["parents"]
    inherited = f" INHERITS ({parents})" if parents else ""
    options = (match[part] or "" for part in ("partition", "options", "tablespace"))
    return TableWords(match["prefix"] or "", inherited + "".join(options), changes)


def creation(item: Item, definition: str) -> str:
    """Return the statement that creates what a catalog describes; not for tables and columns."""
    return _filled(KINDS[item.kind].create, item, definition)


def removal(item: Item, definition: str) -> str:
    """Return the statement that drops what `creation` makes; not for all kinds."""
    return _filled(KINDS[item.kind].drop, item, definition)


def rank(item: Item, definition: str) -> int:
    """Return when a thing is made: the lower first, and dropped last."""
    # A foreign key may point to a unique index.
    after_indexes = definition.startswith("FOREIGN KEY")
    return 85 if after_indexes else KINDS[item.kind].order or 0


def renaming(item: Item, old: str, new: str) -> str:
    """Return the statement that gives the thing another name; not for all kinds."""
    return KINDS[item.kind].rename.format(
        table=name(item.schema, item.table),
        qualified=name(item.schema, old),
        old=name(old),
        new=name(new),
    )


def renamed(item: Item, definition: str, new: str) -> str:
    """Return the definition of the thing under another name, in case it has the name in it."""
    for match in _OWN_NAME.finditer(definition):
        if plain(match["own"]) == item.name:
            return definition[: match.start("own")] + name(new) + definition[match.end("own") :]
    return definition


def _filled(template: str, item: Item, definition: str) -> str:
    kind, _, rest = definition.partition("VIEW ")
    return template.format(
        table=name(item.schema, item.table),
        qualified=name(item.schema, item.name),
        name=name(item.name),
        routine=f"{name(item.schema)}.{item.name}",
        definition=definition,
        options=definition.removeprefix("SEQUENCE ").partition(" OWNED BY ")[0],
        kind=f"{kind}VIEW",
        rest=_VIEW_OPTIONS.sub(r"\g<0>AS ", rest, count=1),
    )
