"""Statements that make what a catalog describes, and those that drop it."""

import re
from typing import NamedTuple

from alembic_workflow.catalog.items import Item
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.sql.identifiers import dotted, is_of_server, name, plain, qualified

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
# It is not made so: an index is invalid if its making was stopped.
_STATE = re.compile(r" \((INVALID|DISABLED|ALWAYS|REPLICA)\)$")
_STATES = {
    "DISABLED": "DISABLE",
    "ALWAYS": "ENABLE ALWAYS",
    "REPLICA": "ENABLE REPLICA",
}
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


def parents(definition: str) -> list[tuple[str, str]]:
    """Return schema and name of each table from which a table inherits."""
    match = _TABLE.fullmatch(definition)
    inherited = (match["parents"] or "") if match else ""
    found = re.findall(r'(?:"(?:[^"]|"")*"|[^",\s])+', inherited)
    return [(schema, own) for schema, own in map(dotted, found)]


def creation(item: Item, definition: str) -> str:
    """Return the statement that creates what a catalog describes; not for tables and columns."""
    state = _STATE.search(definition)
    if state is None or item.kind not in ("trigger", "event trigger"):
        return _filled(KINDS[item.kind].create, item, definition)
    statement = _filled(KINDS[item.kind].create, item, without_state(definition))
    words, own = _STATES[state[1]], name(item.name)
    if item.kind == "event trigger":
        return f"{statement}; ALTER EVENT TRIGGER {own} {words}"
    return f"{statement}; ALTER TABLE {name(item.schema, item.table)} {words} TRIGGER {own}"


def without_state(definition: str) -> str:
    """Return a definition without that it is invalid, or switched off."""
    return _STATE.sub("", definition)


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


def _qualified(item: Item) -> str:
    is_hidden = item.kind in ("enum", "domain", "type") and is_of_server(item.name)
    return (qualified if is_hidden else name)(item.schema, item.name)


def _filled(template: str, item: Item, definition: str) -> str:
    kind, _, rest = definition.partition("VIEW ")
    return template.format(
        table=name(item.schema, item.table),
        qualified=_qualified(item),
        name=name(item.name),
        in_schema=f" SCHEMA {name(item.schema)}" if item.schema else "",
        routine=f"{name(item.schema)}.{item.name}" if item.schema else item.name,
        definition=definition,
        options=definition.removeprefix("SEQUENCE ").partition(" OWNED BY ")[0],
        kind=f"{kind}VIEW",
        rest=_VIEW_OPTIONS.sub(r"\g<0>AS ", rest, count=1),
    )
