"""Safe forms of what reads or changes rows, beside a change of the schema or through models."""

import re
from collections.abc import Iterator, Sequence

from alembic_workflow.catalog.items import compare
from alembic_workflow.lint.danger import Danger, Line, Revision
from alembic_workflow.lint.effects import Effects
from alembic_workflow.lint.recipes.batches import FindTable, in_batches
from alembic_workflow.lint.recipes.of_changes import merged, recognition
from alembic_workflow.lint.recipes.undoing import undoing
from alembic_workflow.safe_forms.forms import steps
from alembic_workflow.safe_forms.source import execute
from alembic_workflow.safe_forms.step import AFTER, Stage, Step

_BY_ITSELF = "Deploy by itself: no lock is held meanwhile."
_UNKNOWN = 'raise NotImplementedError("Undo it here: PostgreSQL refused what came before it.")'
_PREPARES = re.compile(r"[\w, ]+ = |import |from |def |class ")


def moved(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the steps in which rows are read or changed in a revision of their own."""
    known, body, start = recognition(danger, revision), revision.body, revision.recording.start
    place = next((n for n, each in enumerate(body) if danger.line in each.lines), len(body) - 1)
    before, own, after = body[:place], body[place], body[place + 1 :]
    # What belongs to a table of this revision's own is made with it.
    of_own = [each for each in after if each.changed and each.changed.isdisjoint(start)]
    with_rows = [each for each in of_own if own.changed & each.changed]
    rows = _rows(danger, revision, known.table, with_rows)
    if _is_recognised(revision):
        differences = compare(revision.recording.end, revision.recording.start)
        found = [step for change in known.changes(differences) for step in steps(change)]
        return merged([*found, rows])
    early = [*before, *(each for each in of_own if each not in with_rows)]
    late = [each for each in after if each not in of_own]
    return (*_schema("expand", early), rows, *_schema("contract", late))


def after_enum_value(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the steps that use a value which the one before has added."""
    start, end = revision.recording.start, revision.recording.end
    enums = [each for each in compare(end, start) if each.item.kind == "enum"]
    changes = recognition(danger, revision).changes(enums)
    added = {each.line for each in revision.recording.statements if each.part.has("ADD VALUE")}
    rest = [each for each in revision.body if added.isdisjoint(each.lines)]
    uses = tuple(each.source for each in rest if danger.line in each.lines)
    others = tuple(each for each in rest if danger.line not in each.lines)
    first = merged(step for change in changes for step in steps(change))
    failure = revision.recording.failure
    is_dml = failure is not None and failure.part.begins("DELETE|INSERT|MERGE|UPDATE|WITH")
    steps_ = (*first, Step("backfill", uses, () if is_dml else (_UNKNOWN,), AFTER))
    if not others:
        return steps_
    sources = tuple(each.source for each in others)
    return (*steps_, Step("contract", sources, (_UNKNOWN,), AFTER))


def as_it_sends(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return the step with the SQL that the application's code sends; none if rows decide on it."""
    imports = re.compile(rf"(?:from|import) {re.escape(revision.application)}\b")
    defined = (names for names, source in revision.source.definitions if imports.match(source))
    names = {name for each in defined for name in each}
    lines: list[str] = []
    for each in revision.body:
        words = set(re.findall(r"(?<![.\w])[^\W\d]\w*", each.source))
        if not imports.match(each.source) and words.isdisjoint(names):
            lines.append(each.source)
            continue
        # What the line makes, or changes, is of the application from now on.
        found = re.match(r"(?:from .* )?(?:import )?(\w+)(?:$| as| = |\.)", each.source)
        names |= {found[1]} - {"op", "sa"} if found else set()
        sent = [one for one in each.sent if one.written or one.differences]
        if sent and re.match("for |while ", each.source):
            return ()
        lines += [execute(one.part.text.strip()) for one in sent]
    needs_application = any(
        not names.isdisjoint(re.findall(r"\w+", line)) for line in revision.downgrade
    )
    if needs_application or all(_PREPARES.match(line) for line in lines):
        return ()
    return (Step("expand", tuple(lines), revision.downgrade, "Deploy at any time."),)


def _is_recognised(revision: Revision) -> bool:
    """Return whether there is a safe form of all that it does: parts of old tables are new."""
    start = revision.recording.start
    return all(
        item.kind in ("column", "constraint", "index")
        and item.parent in start
        and (before is None or (item.kind == "column" and after is not None))
        for item, before, after in revision.differences
    )


def _rows(danger: Danger, revision: Revision, find: FindTable, with_rows: Sequence[Line]) -> Step:
    """Return the step with all but what changes the schema, in batches where that can be."""
    lines: list[str] = []
    undo: list[str] = []
    kept: list[Effects] = []
    for each in revision.body:
        is_danger, batched = danger.line in each.lines, _batched(each, find)
        if is_danger and (filled := _filled_table(danger, each, revision)):
            lines.append(execute(f"{each.sent[0].part.text.strip()} ON CONFLICT DO NOTHING"))
            undo.append(execute(f"DELETE FROM {filled}"))
        elif batched:
            lines.append(batched)
        elif not each.changed or each in with_rows or (is_danger and len(each.sent) == 1):
            lines.append(each.source)
            undo[:0] = undoing([each])
            kept += each.sent
        else:
            lines += [execute(one.part.text.strip()) for one in each.sent if not one.differences]
    is_whole = any(one.written for one in kept) and any(one.scanned for one in kept)
    ignore = (("backfill-at-once", "the table is small"),) if is_whole else ()
    return Step("backfill", tuple(lines), tuple(undo), _BY_ITSELF, ignore)


def _batched(line: Line, find: FindTable) -> str | None:
    """Return the operation in batches, if the line executes one statement and nothing else."""
    only = line.sent[0] if line.is_alone else None
    return in_batches(only.part, find) if only and only.written else None


def _filled_table(danger: Danger, line: Line, revision: Revision) -> str:
    """Return the table that the revision makes and the line fills, or nothing."""
    sql = line.sent[0].part.plain if line.is_alone else ""
    match = re.match(r"INSERT INTO (\S+)(?!.*ON CONFLICT)", sql)
    before = map(str, revision.recording.statements[0].before.relations.values())
    return match[1] if match and match[1] not in before else ""


def _schema(stage: Stage, lines: Sequence[Line]) -> Iterator[Step]:
    """Yield the step with what changes the schema, if something does."""
    changing = [each for each in lines if each.changed]
    if changing:
        sources = tuple(source for each in lines for source in _of_schema(each))
        yield Step(stage, sources, undoing(changing), "Deploy at any time.")


def _of_schema(line: Line) -> Iterator[str]:
    is_whole = all(each.differences for each in line.sent)
    if is_whole and (line.sent or _PREPARES.match(line.source)):
        yield line.source
    elif not is_whole:
        yield from (execute(one.part.text.strip()) for one in line.sent if one.differences)
