"""Operations for what autogenerate does not see, in PostgreSQL's own words."""

import re
from collections.abc import Iterable, Iterator

from alembic_workflow.catalog import Difference, Item
from alembic_workflow.operations import NoteOperation, SQLOperation, name

_SEQUENCE_DEFAULTS = {
    "START": "START 1",
    "INCREMENT": "INCREMENT 1",
    "MINVALUE": "NO MINVALUE",
    "MAXVALUE": "NO MAXVALUE",
    "CACHE": "CACHE 1",
    "CYCLE": "NO CYCLE",
}


def is_wanted_by_models(difference: Difference) -> bool:
    """Return whether the difference is one between models and history.

    Functions, triggers and the like are not part of a model: what only the history has is right.
    """
    unmodelled = (
        *("extension", "function", "policy", "rule", "statistics", "trigger", "type", "view"),
    )
    return difference.expected is not None or difference.item.kind not in unmodelled


def operations_before(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what has to be there before autogenerate's own operations: new sequences.

    One that is owned by a column is made with that column.
    """
    for item, expected, found in differences:
        if item.kind != "sequence" or found is not None or expected is None:
            continue
        if " OWNED BY " not in expected:
            drop = f"DROP SEQUENCE {name(item.schema, item.name)}"
            yield SQLOperation(creation(item, expected), drop)


def operations_after(differences: Iterable[Difference]) -> Iterator[SQLOperation]:
    """Yield what changes the rest, as far as one statement can: first all drops, then all adds."""
    differences = list(differences)
    yield from (_identity(each) for each in differences if _is_identity_change(each))
    changes = [difference for difference in differences if _is_one_statement(difference)]
    for item, _, found in changes:
        if found is not None and item.kind != "sequence":
            yield made(item, found).reverse()
    for item, expected, found in changes:
        if item.kind == "sequence":
            yield _sequence(item, expected, found)
        elif expected is not None:
            yield made(item, expected)


def notes(differences: Iterable[Difference]) -> Iterator[NoteOperation]:
    """Yield a comment for each difference that no operation here removes."""
    for item, expected, found in differences:
        advice = (
            f"Write by hand: {item}: expected {expected or 'nothing'}, found {found or 'nothing'}"
        )
        yield NoteOperation(f"{advice}. {_ADVICE.get(item.kind, '')}".rstrip())


def _is_one_statement(difference: Difference) -> bool:
    if difference.item.kind != "column":
        return difference.item.kind in _STATEMENTS
    # No rows are lost with a generated column.
    definitions = (difference.expected or "", difference.found or "")
    return all("GENERATED ALWAYS AS (" in definition for definition in definitions)


_STATEMENTS = {
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
_ADVICE = {
    "column": "See op.alter_column(..., postgresql_using=...).",
    "enum": "First drop the view, generated column or foreign key that needs the type.",
    "table": "Partitioning, storage options and row level security: op.execute(...).",
}


def creation(item: Item, definition: str) -> str:
    """Return the statement that creates what a catalog describes; not for tables and columns."""
    template = _CREATIONS.get(item.kind) or _STATEMENTS[item.kind][0]
    return _filled(template, item, definition)


def made(item: Item, definition: str) -> SQLOperation:
    """Return the operation that creates what a catalog describes, and its undoing."""
    make, drop = (_filled(each, item, definition) for each in _STATEMENTS[item.kind])
    return SQLOperation(make, drop)


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


_IDENTITY = re.compile(r" GENERATED (ALWAYS|BY DEFAULT) AS IDENTITY(?: \(([^)]*)\))?")


def _is_identity_change(difference: Difference) -> bool:
    item, expected, found = difference
    if item.kind != "column" or expected is None or found is None:
        return False
    parts = [_IDENTITY.split(definition, maxsplit=1) for definition in (expected, found)]
    return all(len(part) > 1 for part in parts) and parts[0][::3] == parts[1][::3]


def _identity(difference: Difference) -> SQLOperation:
    item, expected, found = difference

    def statement(definition: str | None) -> str:
        match = _IDENTITY.search(definition or "")
        assert match is not None
        given = match[2] or ""
        options = [option for word, option in _SEQUENCE_DEFAULTS.items() if word not in given]
        changes = re.findall(r"[A-Z]+ -?\d+|CYCLE", given) + options
        return (
            f"ALTER TABLE {name(item.schema, item.table)} ALTER COLUMN {name(item.name)} "
            f"SET GENERATED {match[1]} " + " ".join(f"SET {change}" for change in changes)
        )

    return SQLOperation(statement(expected), statement(found))


def _sequence(item: Item, expected: str | None, found: str | None) -> SQLOperation:
    def statement(after: str | None, before: str | None) -> str:
        target = name(item.schema, item.name)
        if after is None:
            return f"DROP SEQUENCE {target}"
        if before is None:
            return f"CREATE SEQUENCE {target} {after.removeprefix('SEQUENCE ')}"
        options, _, owner = after.removeprefix("SEQUENCE ").partition(" OWNED BY ")
        unchanged = [option for word, option in _SEQUENCE_DEFAULTS.items() if word not in options]
        return " ".join(
            [f"ALTER SEQUENCE {target}", options, *unchanged, f"OWNED BY {owner or 'NONE'}"]
        )

    return SQLOperation(statement(expected, found), statement(found, expected))
