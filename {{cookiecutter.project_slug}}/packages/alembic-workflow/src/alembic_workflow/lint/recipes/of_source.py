"""Safe forms made of the revision's own operations."""

import re
from collections.abc import Callable

from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_changes import of_changes, recognition
from alembic_workflow.safe_forms.change import Part
from alembic_workflow.safe_forms.constraint_source import (
    add_constraint,
    drop_constraint,
    validate,
)
from alembic_workflow.safe_forms.source import alone, execute
from alembic_workflow.safe_forms.step import AFTER, Step
from alembic_workflow.sql.identifiers import beside

_AT_ANY_TIME = "Deploy at any time."
_CONCURRENTLY = re.compile(
    r"(REINDEX\s+(?:\([^)]*\)\s*)?\w+|MATERIALIZED\s+VIEW|DETACH\s+PARTITION\s+\S+)", re.IGNORECASE
)
_FULL = re.compile(r"\(\s*FULL\s*\)|,\s*FULL\b|\bFULL\b\s*,?", re.IGNORECASE)
_NEEDLESS = (
    r"(?:ABORT|BEGIN|COMMIT|END|LOCK|ROLLBACK|START)\b(?! TO)"
    r"|.*\b(?:pg_sleep|session_replication_role|pg_advisory_)"
)
"""Statements that are left out together."""
_LOCKING = re.compile(
    r"\.with_for_update\([^()]*\)"
    r"|\s+FOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE)\b(?:\s+OF\s+\w+)?(?:\s+NOWAIT|\s+SKIP\s+LOCKED)?",
    re.IGNORECASE,
)
_BETTER = {
    r"\b((?:sa|postgresql)\.(?:DateTime|TIMESTAMP))\b(?:\((?:timezone=False)?\))?(?!\()": (
        r"\1(timezone=True)"
    ),
    r"\btimestamp(\(\d\))?( without time zone)?(?![\w(]| with\b)": r"timestamp\1 with time zone",
    r"\b(?:sa|postgresql)\.JSON\b": "sa.dialects.postgresql.JSONB",
    r"(?<![\w.])json\b(?!\()": "jsonb",
}


def concurrently(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the step in which the statement has CONCURRENTLY, in no transaction."""
    sql = _CONCURRENTLY.sub(r"\1 CONCURRENTLY", _sql(danger), count=1)
    return (_with(danger, revision, alone(sql)),)


def without_full(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the step that makes the space usable again without giving it back."""
    sql = _FULL.sub("", _sql(danger))
    return (_with(danger, revision, alone(sql)),)


def by_itself(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the step in which the operation runs outside of the transaction."""
    own = next((each.source for each in revision.body if danger.line in each.lines), "pass")
    indented = own.replace("\n", "\n    ")
    return (_with(danger, revision, f"with op.get_context().autocommit_block():\n    {indented}"),)


def left_out(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the step without the statement, and without others of its kind."""
    own = danger.statement.part.plain if danger.statement else ""
    kinds = _NEEDLESS if re.match(_NEEDLESS, own, re.IGNORECASE) else re.escape(own)
    return _without(
        revision,
        lambda each: bool(own) and re.match(kinds, each.part.plain, re.IGNORECASE) is not None,
        0 if own else danger.line,
    )


def without_timeout(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the step without what sets lock_timeout."""

    def sets(each: Effects) -> bool:
        return each.statement.before.lock_timeout != each.statement.after.lock_timeout

    return _without(revision, sets) if any(map(sets, revision.effects)) else ()


def other_words(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the steps with a type that is better."""
    assert danger.difference is not None
    item, _, definition = danger.difference
    end = revision.recording.end | {item: _better(definition or "")}
    if found := of_changes(danger, revision, end):
        return found
    body = tuple(_better(each.source) for each in revision.body)
    return (Step("expand", body, revision.downgrade, _AT_ANY_TIME),)


def unlocked(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the step that locks no rows before it changes them."""
    body = tuple(_LOCKING.sub("", each.source) for each in revision.body)
    return (Step("expand", body, revision.downgrade, _AT_ANY_TIME),)


def attached(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the steps after which ATTACH PARTITION need not read: a CHECK says the bounds."""
    partition = danger.table
    assert partition is not None
    table = recognition(danger, revision).table(partition.schema, partition.name)
    check = Part(beside(f"ck_{table.name}", "_bounds"), f"CHECK ({partition.bounds})")
    drop = drop_constraint(table, check.name)
    body = (*(each.source for each in revision.body), drop)
    back = (*revision.downgrade, add_constraint(table, check))
    return (
        Step("expand", (add_constraint(table, check, " NOT VALID"),), (drop,), "Deploy first."),
        Step("validate", (validate(table, check.name),), (), AFTER),
        Step("contract", body, back, AFTER),
    )


def _with(danger: Danger, revision: Revision, replacement: str) -> Step:
    """Return the revision with another operation in the place of the dangerous one."""
    lines = tuple(
        replacement if danger.line in each.lines else each.source for each in revision.body
    )
    return Step("expand", lines, revision.downgrade, _AT_ANY_TIME)


def _without(
    revision: Revision, is_left_out: Callable[[Effects], bool], line: int = 0
) -> tuple[Step, ...]:
    """Return the revision without some of its statements, and without a line that sends none."""
    lines: list[str] = []
    for each in revision.body:
        kept = [one for one in each.sent if not is_left_out(one)]
        if len(kept) < len(each.sent):
            lines += [execute(one.part.text.strip()) for one in kept]
        elif line not in each.lines:
            lines.append(each.source)
    return (Step("expand", tuple(lines), revision.downgrade, _AT_ANY_TIME),)


def _sql(danger: Danger) -> str:
    return danger.statement.part.text.strip().rstrip(";") if danger.statement else ""


def _better(text: str) -> str:
    for pattern, replacement in _BETTER.items():
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    return text
