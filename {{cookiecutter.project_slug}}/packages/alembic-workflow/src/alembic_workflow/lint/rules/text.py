"""Rules about what only the text tells: of statements, and of columns' types."""

import re
from collections.abc import Callable, Iterator

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import compare
from alembic_workflow.lint.rule import NO_OTHER_WAY, Danger, Revision, Rule
from alembic_workflow.lint.rules.effects import WHILE_WRITTEN, effects

_RUNS_ALONE, _NEW_ENUM_VALUE = "25001", "55P04"


def _tablespace(revision: Revision) -> Iterator[Danger]:
    for each in effects(revision.recording):
        if each.statement.part.has("SET TABLESPACE") and each.lock and not each.rewritten:
            yield Danger(each.line, str(each.lock), each.lock, WHILE_WRITTEN, each.statement)


def _replica_role(revision: Revision) -> Iterator[Danger]:
    for statement in revision.recording.statements:
        if statement.part.has("SESSION_REPLICATION_ROLE"):
            yield Danger(statement.line, statement.part.plain, statement=statement)


def _new_column_of(pattern: str) -> Callable[[Revision], Iterator[Danger]]:
    """Return what finds new columns of a type, on new tables too."""

    def find(revision: Revision) -> Iterator[Danger]:
        if revision.source.is_first:
            return  # often made from a database that was there before
        recording = revision.recording
        before, after = recording.start, recording.end
        for item, definition in after.items():
            type_after = column_text(definition).type
            is_new = column_text(before.get(item, "")).type != type_after
            if item.kind == "column" and is_new and re.fullmatch(pattern, type_after):
                made = [one for one in recording.statements if item in one.now]
                line = made[0].line if made else 1
                difference = next(one for one in compare({}, {item: definition}))
                yield Danger(line, str(item), difference=difference)

    return find


def _refused(*codes: str, others: bool = False) -> Callable[[Revision], Iterator[Danger]]:
    def find(revision: Revision) -> Iterator[Danger]:
        failure = revision.recording.failure
        if failure is not None and not revision.recording.is_partial:
            known = failure.error.pgcode in (_RUNS_ALONE, _NEW_ENUM_VALUE)
            if failure.error.pgcode in codes or (others and not known):
                yield Danger(failure.line, str(failure.error).strip().splitlines()[0])

    return find


def _not_run(revision: Revision) -> Iterator[Danger]:
    """Yield the operations below a condition or in a loop of which none was run."""
    name = "downgrade" if revision.is_downgrade else "upgrade"
    for first, last, source in revision.source.conditional_operations(name):
        if not revision.run_lines & set(range(first, last + 1)):
            yield Danger(first, source.partition("\n")[0])


TEXT_RULES = (
    Rule(
        "set-tablespace",
        find=_tablespace,
        reason="SET TABLESPACE copies $about.",
        advice=NO_OTHER_WAY,
    ),
    Rule(
        "triggers-off",
        find=_replica_role,
        reason="session_replication_role switches triggers and foreign keys off: $about.",
    ),
    Rule(
        "json-column",
        find=_new_column_of(r"json(?:\[\])*"),
        reason="$about is of type json, which has no equality, so DISTINCT and GROUP BY fail, and "
        "no index; changing it later rewrites the table.",
    ),
    Rule(
        "prefer-timestamp-tz",
        find=_new_column_of(r"timestamp(?:\(\d\))? without time zone(?:\[\])*"),
        reason="$about is a timestamp without a time zone, which does not say which moment it is; "
        "changing it later rewrites the table.",
    ),
    Rule(
        "runs-alone",
        find=_refused(_RUNS_ALONE),
        reason="PostgreSQL refuses it in the revision's transaction: $about.",
    ),
    Rule(
        "enum-value-used-at-once",
        find=_refused(_NEW_ENUM_VALUE),
        reason="PostgreSQL refuses to use a value of an enum in the transaction that adds it: "
        "$about.",
    ),
    Rule(
        "refused",
        find=_refused(others=True),
        reason="PostgreSQL refuses it: $about. Later revisions were not looked at.",
        advice="# Correct it: make upgrade would stop here, too.",
    ),
    Rule(
        "not-run",
        find=_not_run,
        reason="It did not run, neither on empty tables nor with a row in each, so it was not "
        "judged: $about",
        advice='# If you have checked it, add:\nlint_ignore = {"not-run": "checked by hand"}',
        is_remark=True,
    ),
)
