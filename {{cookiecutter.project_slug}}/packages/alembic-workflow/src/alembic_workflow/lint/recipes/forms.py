"""Safe forms made of what the revision has: its source, and the statements that it sent."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from alembic_workflow.lint.recipes.batches import in_batches
from alembic_workflow.lint.recording import Statement
from alembic_workflow.lint.rule import Danger, Revision
from alembic_workflow.lint.rules.effects import Effects
from alembic_workflow.safe_forms.change import Part, Table
from alembic_workflow.safe_forms.source import (
    add_constraint,
    alone,
    drop_constraint,
    execute,
    validate,
)
from alembic_workflow.safe_forms.step import AFTER, Step
from alembic_workflow.sql.identifiers import beside

_CONCURRENTLY = re.compile(
    r"(REINDEX\s+(?:\([^)]*\)\s*)?\w+|MATERIALIZED\s+VIEW|DETACH\s+PARTITION\s+\S+)", re.IGNORECASE
)
_BETTER = {
    r"\bDateTime\(\)": "DateTime(timezone=True)",
    r"\btimestamp(\(\d\))?( without time zone)?(?![\w(]| with\b)": r"timestamp\1 with time zone",
    r"\b(?:sa|postgresql)\.JSON\(": "sa.dialects.postgresql.JSONB(",
    r"(?<![\w.])json\b(?!\()": "jsonb",
}
FindTable = Callable[[str, str], Table]


def concurrently(danger: Danger, revision: Revision, find: FindTable) -> tuple[Step, ...]:
    """Return the step in which the statement has CONCURRENTLY, in no transaction."""
    sql = _CONCURRENTLY.sub(r"\1 CONCURRENTLY", _sql(danger), count=1)
    return (_with(danger, revision, alone(sql)),)


def plain_vacuum(danger: Danger, revision: Revision, find: FindTable) -> tuple[Step, ...]:
    """Return the step that makes the space usable again without giving it back."""
    return (_with(danger, revision, alone(f"VACUUM {danger.table}")),)


def by_itself(danger: Danger, revision: Revision, find: FindTable) -> tuple[Step, ...]:
    """Return the step in which the operation runs outside of the transaction."""
    own = _own(danger, revision)
    indented = own.replace("\n", "\n    ")
    return (_with(danger, revision, f"with op.get_context().autocommit_block():\n    {indented}"),)


def left_out(danger: Danger, revision: Revision, find: FindTable) -> tuple[Step, ...]:
    """Return the step without the operation."""
    return (_with(danger, revision, ""),)


def without_timeout(danger: Danger, revision: Revision, find: FindTable) -> tuple[Step, ...]:
    """Return the step without what sets lock_timeout."""
    for each in revision.recording.statements:
        is_other = each.before.lock_timeout != each.after.lock_timeout
        if is_other and each.line != danger.line:
            return left_out(danger._replace(line=each.line), revision, find)
    return ()


def other_words(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the step with the types that are better."""
    body = tuple(better_words(each) for each in _body(revision))
    return (Step("expand", body, _downgrade(revision), "Deploy at any time."),)


def better_words(text: str) -> str:
    """Return SQL or Python with the types that are better."""
    for pattern, replacement in _BETTER.items():
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    return text


def attached(danger: Danger, revision: Revision, find: FindTable) -> tuple[Step, ...]:
    """Return the steps after which ATTACH PARTITION need not read: a CHECK says the bounds."""
    partition = danger.table
    assert partition is not None
    table = find(partition.schema, partition.name)
    check = Part(beside(f"ck_{table.name}", "_bounds"), f"CHECK ({partition.bounds})")
    drop = drop_constraint(table, check.name)
    return (
        Step("expand", (add_constraint(table, check, " NOT VALID"),), (drop,), "Deploy first."),
        Step("validate", (validate(table, check.name),), (), AFTER),
        Step(
            "contract",
            (*_body(revision), drop),
            (*_downgrade(revision), add_constraint(table, check)),
            AFTER,
        ),
    )


class Moved(NamedTuple):
    """Rows that are read or changed in a revision of their own."""

    rows: Step
    steps: tuple[Step, ...]
    """With the step that does the rest."""
    is_batched: bool


def moved(danger: Danger, revision: Revision, find: FindTable) -> Moved:
    """Return the steps in which rows are read or changed in a revision of their own."""
    body = revision.source.body(_name(revision))
    first = _lock_line(danger, revision)
    batched = _batched(danger, revision, find)
    if batched:
        rest = tuple(source for lines, source in body if danger.line not in lines)
        rows = _rows((batched,))
    else:
        place = next((n for n, (each, _) in enumerate(body) if first in each), -1)
        place = place if first < danger.line else -1
        sources = tuple(source for _, source in body)
        rest, rows = sources[: place + 1], _rows(sources[place + 1 :], _ignored(danger, revision))
    schema = Step("expand", rest, _downgrade(revision), "Deploy at any time.")
    if filled := _filled_table(danger, revision):
        insert = execute(f"{_sql(danger)} ON CONFLICT DO NOTHING")
        rows = replace(rows, upgrade=(insert,), downgrade=(execute(f"DELETE FROM {filled}"),))
    order = (rows, schema) if first > danger.line else (schema, rows)
    return Moved(rows, order if rest else (rows,), bool(batched))


def _filled_table(danger: Danger, revision: Revision) -> str:
    """Return the table that the revision makes and the statement fills, or nothing."""
    match = re.match(r"INSERT INTO (\S+)", danger.statement.part.plain if danger.statement else "")
    before = {
        str(each)
        for statement in revision.recording.statements[:1]
        for each in statement.before.relations.values()
    }
    is_alone = _is_alone(danger, revision) and "ON CONFLICT" not in _sql(danger)
    return match[1] if match and match[1] not in before and is_alone else ""


def _rows(lines: tuple[str, ...], ignore: tuple[tuple[str, str], ...] = ()) -> Step:
    return Step("backfill", lines, (), "Deploy by itself: no lock is held meanwhile.", ignore)


def _batched(danger: Danger, revision: Revision, find: FindTable) -> str | None:
    """Return the operation in batches, if the danger's line sends the one statement only."""
    if danger.statement is None or not _is_alone(danger, revision):
        return None
    return in_batches(danger.statement.part, find)


def _is_alone(danger: Danger, revision: Revision) -> bool:
    """Return whether the line executes one statement and does nothing else."""
    sent = [each for each in revision.recording.statements if each.line == danger.line]
    is_call = re.match(r"(?:\w+\.)+execute\(", _own(danger, revision))
    return len(sent) == 1 and is_call is not None


def _ignored(danger: Danger, revision: Revision) -> tuple[tuple[str, str], ...]:
    statement = danger.statement
    is_whole = statement is not None and Effects(revision.recording, statement).changes_all
    return (("backfill-at-once", "the table is small"),) if is_whole else ()


def _lock_line(danger: Danger, revision: Revision) -> int:
    """Return the line of the statement that takes the lock that the danger is about."""
    oid = danger.table.oid if danger.table else 0

    def has(each: Statement) -> bool:
        relation = each.after.relations.get(oid)
        return relation is not None and danger.table is not None and relation.lock >= 4

    return next((each.line for each in revision.recording.statements if has(each)), danger.line)


def _with(danger: Danger, revision: Revision, replacement: str) -> Step:
    """Return the revision with another operation in the place of the dangerous one."""
    lines = tuple(_replaced(danger, revision, replacement))
    return Step("expand", lines, _downgrade(revision), "Deploy at any time.")


def _replaced(danger: Danger, revision: Revision, replacement: str) -> Iterator[str]:
    for lines, source in revision.source.body(_name(revision)):
        if danger.line not in lines:
            yield source
        elif replacement:
            yield replacement


def _own(danger: Danger, revision: Revision) -> str:
    body = revision.source.body(_name(revision))
    return next((source for lines, source in body if danger.line in lines), "pass")


def _body(revision: Revision) -> tuple[str, ...]:
    return tuple(source for _, source in revision.source.body(_name(revision)))


def _downgrade(revision: Revision) -> tuple[str, ...]:
    return tuple(source for _, source in revision.source.body("downgrade"))


def _name(revision: Revision) -> str:
    return "downgrade" if revision.is_downgrade else "upgrade"


def _sql(danger: Danger) -> str:
    return danger.statement.part.text.strip().rstrip(";") if danger.statement else ""


def after_enum_value(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the steps that use a value which the one before has added."""
    added = {each.line for each in revision.recording.statements if each.part.has("ADD VALUE")}
    body = revision.source.body(_name(revision))
    uses = tuple(source for lines, source in body if danger.line in lines)
    others = tuple(
        source for lines, source in body if added.isdisjoint(lines) and danger.line not in lines
    )
    steps = (
        Step("backfill", uses, (), AFTER),
        Step("contract", others, _downgrade(revision), AFTER),
    )
    return steps if others else steps[:1]
