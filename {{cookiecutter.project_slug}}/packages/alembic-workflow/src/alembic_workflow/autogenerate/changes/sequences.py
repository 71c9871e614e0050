"""Sequences, and columns that count: those that take from one, or are identity columns."""

import re
from collections.abc import Iterable, Iterator

from alembic.operations.ops import AddColumnOp, CreateTableOp, MigrateOperation
from sqlalchemy import Column, DefaultClause

from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Difference, Item
from alembic_workflow.sql.identifiers import dotted, literal, name

_DEFAULTS = {
    "START": "START 1",
    "INCREMENT": "INCREMENT 1",
    "MINVALUE": "NO MINVALUE",
    "MAXVALUE": "NO MAXVALUE",
    "CACHE": "CACHE 1",
    "CYCLE": "NO CYCLE",
}
_NEXT = re.compile(r"nextval\(('(?:[^']|'')*')::regclass\)")
_IDENTITY = re.compile(r"GENERATED (?P<when>ALWAYS|BY DEFAULT) AS IDENTITY(?: \((?P<how>[^)]*)\))?")


def sequences_for(operation: MigrateOperation, trial: Trial) -> Iterator[SQLOperation]:
    """Yield what makes the sequences that the defaults of a new table or column name.

    A key that counts brings its own, so that no other one may be made before it.
    """
    texts = [_default(column) for column in _columns(operation)]
    for item, expected, found in trial.differences() if any(texts) else ():
        is_missing = item.kind == "sequence" and expected is not None and found is None
        if is_missing and any(item.name in _named(text) for text in texts):
            yield made(item, expected or "")


def sequence_operation(difference: Difference) -> SQLOperation:
    """Return what makes, changes or drops a sequence."""
    item, expected, found = difference

    def statement(after: str | None, before: str | None) -> str:
        target = name(item.schema, item.name)
        if after is None:
            return f"DROP SEQUENCE {target}"
        if before is None:
            return f"CREATE SEQUENCE {target} {after.removeprefix('SEQUENCE ')}"
        options, _, owner = after.removeprefix("SEQUENCE ").partition(" OWNED BY ")
        unchanged = [option for word, option in _DEFAULTS.items() if word not in options]
        return " ".join(
            [f"ALTER SEQUENCE {target}", options, *unchanged, f"OWNED BY {owner or 'NONE'}"]
        )

    return SQLOperation(statement(expected, found), statement(found, expected))


def counting_operations(
    difference: Difference, differences: Iterable[Difference]
) -> Iterator[SQLOperation]:
    """Yield what changes how a column that is there counts, from where it has come to."""
    item, expected, found = difference
    wanted, there = column_text(expected or ""), column_text(found or "")
    if wanted.is_identity and there.is_identity:
        yield _identity(difference)
    elif wanted.is_identity:
        yield from _to_identity(item, wanted.generated, there.default, differences)
    elif there.is_identity:
        yield from _backwards(_to_identity(item, there.generated, wanted.default, differences))
    elif wanted.default != there.default and (wanted.is_serial or there.is_serial):
        yield from _default_changes(item, there.default, wanted.default)


def _to_identity(
    item: Item, generated: str, default: str | None, differences: Iterable[Difference]
) -> Iterator[SQLOperation]:
    column = f"ALTER TABLE {name(item.schema, item.table)} ALTER COLUMN {name(item.name)}"
    if default is not None:
        yield from _default_changes(item, default, None)
        for sequence, options in _owned_by(item, differences):
            target = name(sequence.schema, sequence.name)
            yield SQLOperation(
                f"DROP SEQUENCE {target}",
                f"CREATE SEQUENCE {target} {options.removeprefix('SEQUENCE ')}",
            )
    yield SQLOperation(f"{column} ADD {generated}", f"{column} DROP IDENTITY")
    table = literal(name(item.schema, item.table))
    counter = f"pg_get_serial_sequence({table}, {literal(item.name)})"
    yield SQLOperation(_count_on(item, counter, generated), "")


def _default_changes(item: Item, old: str | None, new: str | None) -> Iterator[SQLOperation]:
    column = f"ALTER TABLE {name(item.schema, item.table)} ALTER COLUMN {name(item.name)}"
    set_old, set_new = (
        f"{column} DROP DEFAULT" if each is None else f"{column} SET DEFAULT {each}"
        for each in (old, new)
    )
    if counter := _NEXT.fullmatch(old or ""):
        yield SQLOperation("", _count_on(item, counter[1]))
    yield SQLOperation(set_new, set_old)
    if counter := _NEXT.fullmatch(new or ""):
        yield SQLOperation(_count_on(item, counter[1]), "")


def _count_on(item: Item, counter: str, options: str = "") -> str:
    """Return the statement after which a sequence gives what no row has, nor it gave before."""
    ahead = "greatest(nextval({0}), max({1}) + 1)"
    if "INCREMENT -" in options:
        ahead = "least(nextval({0}), min({1}) - 1)"
    following = ahead.format(counter, name(item.name))
    return f"SELECT setval({counter}, {following}, false) FROM {name(item.schema, item.table)}"


def _owned_by(column: Item, differences: Iterable[Difference]) -> Iterator[tuple[Item, str]]:
    """Yield the sequence that the column owns, before or after, and its definition."""
    owner = [column.schema, column.table, column.name]
    for item, expected, found in differences:
        definition = expected or found or ""
        if item.kind == "sequence" and dotted(definition.partition(" OWNED BY ")[2]) == owner:
            yield item, definition


def _backwards(operations: Iterable[SQLOperation]) -> Iterator[SQLOperation]:
    return (each.reverse() for each in reversed(list(operations)))


def _identity(difference: Difference) -> SQLOperation:
    item, expected, found = difference

    def statement(definition: str | None) -> str:
        match = _IDENTITY.search(definition or "")
        assert match is not None
        given = match["how"] or ""
        options = [option for word, option in _DEFAULTS.items() if word not in given]
        changes = re.findall(r"[A-Z]+ -?\d+|CYCLE", given) + options
        return (
            f"ALTER TABLE {name(item.schema, item.table)} ALTER COLUMN {name(item.name)} "
            f"SET GENERATED {match['when']} " + " ".join(f"SET {change}" for change in changes)
        )

    return SQLOperation(statement(expected), statement(found))


def _columns(operation: MigrateOperation) -> list[Column[object]]:
    if isinstance(operation, CreateTableOp):
        return [each for each in operation.columns if isinstance(each, Column)]
    return [operation.column] if isinstance(operation, AddColumnOp) else []


def _default(column: Column[object]) -> str:
    default = column.server_default
    return str(default.arg) if isinstance(default, DefaultClause) else ""


def _named(text: str) -> list[str]:
    """Return the parts of the name in `nextval('name')`."""
    _, _, rest = text.partition("nextval('")
    return dotted(rest.partition("'")[0]) if rest else []
