"""Rules about how a transaction goes."""

from collections.abc import Iterator

from alembic_workflow.lint.danger import Danger, Revision, Wait
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.of_rows import after_enum_value
from alembic_workflow.lint.recipes.of_source import by_itself, left_out, without_timeout
from alembic_workflow.lint.rule import Find, Place, Rule, of_statements

LONGEST_LOCK_TIMEOUT = 30_000  # milliseconds
_KNOWN = _RUNS_ALONE, _NEW_ENUM_VALUE = "25001", "55P04"


def _several_tables(revision: Revision) -> Iterator[Danger]:
    """Yield the first statement that locks a second table, with all that come after."""
    found: list[Danger] = []
    for each in revision.effects:
        before = [one for one in each.held_before.values() if one.is_exclusive]
        families = {one.parent or one.oid for one in before}
        for oid, table in each.held.items():
            is_new = oid not in each.held_before and (table.parent or oid) not in families
            if before and is_new and table.is_exclusive:
                found.append(Danger(each.line, str(table), before[0], Wait.TRANSACTION))
    if found:
        names = ", ".join(dict.fromkeys(each.about for each in found))
        yield found[0]._replace(about=f"{names}, after {found[0].table}")


def _long_lock_timeout(revision: Revision) -> Iterator[Danger]:
    """Yield the first statement that would wait so long; the others wait likewise."""
    for each in revision.effects:
        timeout = each.statement.after.lock_timeout
        if not 0 < timeout <= LONGEST_LOCK_TIMEOUT and each.takes_lock:
            wait = "while the statement waits for its own turn"
            yield Danger(each.line, f"{timeout} ms", each.lock, wait, each.statement)
            return


def _lock_table(each: Effects) -> Iterator[Place]:
    if each.part.begins("LOCK") and each.takes_lock and not each.statement.autocommit:
        yield str(each.lock), each.lock, Wait.TRANSACTION


def _transaction_ended(each: Effects) -> Iterator[Place]:
    if each.statement.ended:
        yield each.part.plain, None, ""


def _refused(code: str = "") -> Find:
    """Return what finds a statement that PostgreSQL refuses with the code, or with any other."""

    def find(revision: Revision) -> Iterator[Danger]:
        failure = revision.recording.failure
        if failure is not None and not revision.recording.is_partial:
            found = failure.error.pgcode if failure.error.pgcode in _KNOWN else ""
            if found == code:
                yield Danger(failure.line, str(failure.error).strip().splitlines()[0])

    return find


def _not_run(revision: Revision) -> Iterator[Danger]:
    """Yield the operations below a condition or in a loop of which none was run, as one."""
    if revision.recording.failure is not None or revision.recording.is_partial:
        return
    name = "downgrade" if revision.is_downgrade else "upgrade"
    skipped = [
        (first, source.partition("\n")[0])
        for first, last, source in revision.source.conditional_operations(name)
        if not revision.run_lines & set(range(first, last + 1))
    ]
    if skipped:
        (line, about), *others = skipped
        lines = ", ".join(str(each) for each, _ in others)
        yield Danger(line, f"{about} (and what is in line {lines})" if others else about)


TRANSACTION_RULES = (
    Rule(
        "several-tables",
        "One transaction locks several tables: $about. Whoever uses both can deadlock with it.",
        _several_tables,
        advice="# Change each table in a revision of its own.",
        is_remark=True,
    ),
    Rule(
        "lock-timeout-off",
        "lock_timeout is $about (0 is for ever), and a lock is taken: all that come after queue "
        "behind it.",
        _long_lock_timeout,
        recipe=without_timeout,
    ),
    Rule(
        "lock-table",
        "LOCK TABLE holds $about, though each statement takes the lock that it needs.",
        of_statements(_lock_table),
        recipe=left_out,
    ),
    Rule(
        "transaction-control",
        "$about ends the revision's transaction halfway: Alembic begins and commits it.",
        of_statements(_transaction_ended),
        recipe=left_out,
    ),
    Rule(
        "runs-alone",
        "PostgreSQL refuses it in the revision's transaction: $about.",
        _refused(_RUNS_ALONE),
        recipe=by_itself,
    ),
    Rule(
        "enum-value-used-at-once",
        "PostgreSQL refuses to use a value of an enum in the transaction that adds it: $about.",
        _refused(_NEW_ENUM_VALUE),
        recipe=after_enum_value,
    ),
    Rule(
        "refused",
        "PostgreSQL refuses it: $about. Later revisions were not looked at.",
        _refused(),
        advice="# Correct it: make upgrade would stop here, too.",
    ),
    Rule(
        "not-run",
        "It did not run, neither on empty tables nor with a row in each, so it was not judged: "
        "$about",
        _not_run,
        advice='# If you have checked it, add:\nlint_ignore = {"not-run": "checked by hand"}',
        is_remark=True,
    ),
)
