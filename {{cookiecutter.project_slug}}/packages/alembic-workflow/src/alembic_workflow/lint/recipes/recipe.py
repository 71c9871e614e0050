"""The safe form of a danger: the revisions that do the same, ready to paste."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import alembic_workflow
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Catalog, Difference, Item, compare
from alembic_workflow.lint.recipes import forms
from alembic_workflow.lint.rule import Danger, Revision
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.forms import steps
from alembic_workflow.safe_forms.parts import parts_of
from alembic_workflow.safe_forms.recognition import Recognition
from alembic_workflow.safe_forms.step import STAGES, Step
from alembic_workflow.sql.text import masked

_OF_SOURCE: dict[str, Callable[[Danger, Revision, forms.FindTable], tuple[Step, ...]]] = {
    "vacuum-full": forms.plain_vacuum,
    "refresh-without-concurrently": forms.concurrently,
    "require-concurrent-reindex": forms.concurrently,
    "require-concurrent-partition-detach": forms.concurrently,
    "runs-alone": forms.by_itself,
    "lock-table": forms.left_out,
    "sleep": forms.left_out,
    "transaction-control": forms.left_out,
    "triggers-off": forms.left_out,
    "lock-timeout-off": forms.without_timeout,
    "partition-attached": forms.attached,
}
_OF_ROWS = ("reads-under-lock", "backfill-with-ddl", "backfill-at-once")
_BETTER_TYPES = ("json-column", "prefer-timestamp-tz")
_USING = re.compile(r"\bTYPE\b.*?\bUSING\s+([^,;]*)", re.IGNORECASE | re.DOTALL)


def recipe(code: str, danger: Danger, revision: Revision) -> str:
    """Return the source of the revisions that do the same safely; nothing if none is known."""
    found = _steps(code, danger, revision)
    return "\n".join(_source(place, len(found), step) for place, step in enumerate(found, 1))


def _steps(code: str, danger: Danger, revision: Revision) -> tuple[Step, ...]:
    start, end = revision.recording.start, revision.recording.end
    if code in _BETTER_TYPES:
        end = _with_better_type(end, danger)
    recognition = Recognition(start, end, _rewritten(code, danger, revision))
    if code in _OF_SOURCE:
        return _OF_SOURCE[code](danger, revision, recognition.table)
    if code in _OF_ROWS:
        moved = forms.moved(danger, revision, recognition.table)
        changes = recognition.changes(compare(end, start))
        schema = [step for change in changes for step in steps(change)]
        return _merged([*schema, moved.rows]) if schema and moved.is_batched else moved.steps
    found = _merged(
        step
        for change in _changes(code, danger, revision, recognition, compare(end, start))
        for step in steps(change)
    )
    if code == "enum-value-used-at-once":
        return (*found, *forms.after_enum_value(danger, revision))
    return found or (forms.other_words(danger, revision) if code in _BETTER_TYPES else ())


def _with_better_type(catalog: Catalog, danger: Danger) -> Catalog:
    assert danger.difference is not None
    item, _, definition = danger.difference
    return catalog | {item: forms.better_words(definition or "")}


def _changes(
    code: str,
    danger: Danger,
    revision: Revision,
    recognition: Recognition,
    differences: Sequence[Difference],
) -> Iterator[c.Change]:
    """Yield what the revision does to the table, or else to the thing, that it is about."""
    if code == "enum-value-used-at-once":
        yield from recognition.changes([each for each in differences if each.item.kind == "enum"])
    if danger.difference is None:
        return
    item, before, after = danger.difference
    if code in ("renaming-table", "renaming-column"):
        yield from _renaming(danger, revision, recognition)
        return
    renames_value = danger.statement is not None and danger.statement.part.has("RENAME VALUE")
    if code == "drop-check" or renames_value:
        return
    if item.kind == "constraint" and after is None and before is not None:
        table = recognition.table(item.schema, item.table)
        yield c.DropConstraint(table, c.Part(item.name, before))
        return
    owner = item.parent or item
    own = [each for each in differences if (each.item.parent or each.item) == owner]
    for change in recognition.changes(own):
        if isinstance(change, c.ChangeType):
            if change.before.type == change.after.type:
                continue
            change = _with_using(change, danger)
        yield change


def _renaming(
    danger: Danger, revision: Revision, recognition: Recognition
) -> Iterator[c.RenameTable | c.RenameColumn]:
    assert danger.difference is not None
    item, before, _ = danger.difference
    now = danger.about.rpartition(", now ")[2]
    if item.kind == "column":
        text = column_text(before or "")
        column = c.Column(item.name, text.type, text.is_required, text.default, text.generated)
        parts = parts_of(item, revision.recording.start)
        yield c.RenameColumn(recognition.table(item.schema, item.table), column, now, parts)
    elif Item("table", item.schema, "", now) in revision.recording.end:
        yield c.RenameTable(recognition.table(item.schema, item.name), now)


def _with_using(change: c.ChangeType, danger: Danger) -> c.ChangeType:
    """Return the change with the expression that the statement has."""
    sql = danger.statement.part.text if danger.statement else ""
    match = _USING.search(masked(sql))
    return replace(change, using=sql[slice(*match.span(1))].strip()) if match else change


def _rewritten(code: str, danger: Danger, revision: Revision) -> set[tuple[str, str]]:
    """Return the tables that were written anew, or the indexes of which were."""
    found = {
        (relation.schema, relation.name)
        for each in revision.recording.statements
        for oid, relation in each.after.relations.items()
        if oid in each.before.relations and each.before.relations[oid].file != relation.file
    }
    if code == "changing-column-type" and danger.table is not None:
        found.add((danger.table.schema, danger.table.name))
    return found


def _merged(all_steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps, those of one stage in one."""
    taken = list(all_steps)
    found = []
    for stage in STAGES:
        if same := [step for step in taken if step.name == stage]:
            deploy = " ".join(dict.fromkeys(step.deploy for step in same))
            upgrade = dict.fromkeys(line for step in same for line in step.upgrade)
            # VALIDATE takes a weak lock, if no stronger one is held already.
            ordered = sorted(upgrade, key=lambda line: " VALIDATE CONSTRAINT " not in line)
            downgrade = dict.fromkeys(line for step in same[::-1] for line in step.downgrade)
            ignore = tuple(dict.fromkeys(each for step in same for each in step.ignore))
            found.append(Step(stage, tuple(ordered), tuple(downgrade), deploy, ignore))
    return tuple(found)


def _source(place: int, count: int, step: Step) -> str:
    """Return the step as a person pastes it."""
    lines = [f"# {place} of {count}, {step.name}: {step.deploy}"]
    source = "\n".join((*step.upgrade, *step.downgrade))
    names = [each for each in alembic_workflow.__all__ if re.search(rf"\b{each}\(", source)]
    lines += [f"from alembic_workflow import {', '.join(names)}"] if names else []
    if step.ignore:
        pairs = ", ".join(f'"{code}": "{reason}"' for code, reason in step.ignore)
        lines += ["lint_ignore = {" + pairs + "}"]
    for name, body in (("upgrade", step.upgrade), ("downgrade", step.downgrade)):
        indented = "\n".join(body or ("pass",)).replace("\n", "\n    ")
        lines += [f"def {name}() -> None:", f"    {indented}"]
    return "\n".join(lines)
