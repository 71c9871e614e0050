"""Safe forms of what a revision changes in the catalog."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.creation import creation, removal
from alembic_workflow.catalog.items import Catalog, Item, compare
from alembic_workflow.catalog.kinds import KINDS
from alembic_workflow.lint.danger import Danger, Revision
from alembic_workflow.lint.recipes.views import around_views
from alembic_workflow.safe_forms import change as c
from alembic_workflow.safe_forms.forms import steps
from alembic_workflow.safe_forms.recognition import Recognition
from alembic_workflow.safe_forms.source import execute
from alembic_workflow.safe_forms.step import STAGES, Step
from alembic_workflow.sql.identifiers import name, plain, qualified
from alembic_workflow.sql.text import masked

Recipe = Callable[[Danger, Revision], Iterable[Step]]
"""Returns the steps that do safely what the revision does; none if no such form is known."""
WORSE_TYPES = {
    "json-column": r"json(?:\[\])*",
    "prefer-timestamp-tz": r"timestamp(?:\(\d\))? without time zone(?:\[\])*",
}
"""Types that have a better one, by the codes of their rules."""
_USING = re.compile(
    r"\bALTER\s+(?:COLUMN\s+)?(\S+)\s+(?:SET\s+DATA\s+)?TYPE\b[^,;]*?\bUSING\s+([^,;]*)",
    re.IGNORECASE,
)


def of_changes(danger: Danger, revision: Revision, end: Catalog | None = None) -> tuple[Step, ...]:
    """Return the steps for what happens to the table, or else the thing, that it is about.

    Takes another catalog that is to come about, if it is not the revision's.
    """
    if danger.difference is None:
        return ()
    item, before, after = danger.difference
    known = recognition(danger, revision, end)
    if item.kind == "constraint" and after is None and before is not None:
        gone = c.DropConstraint(known.table(item.schema, item.table), c.Part(item.name, before))
        return merged(steps(gone))
    owner = item.parent or item
    wanted = revision.recording.end if end is None else end
    differences = compare(wanted, revision.recording.start)
    own = [each for each in differences if (each.item.parent or each.item) == owner]
    changes = (_with_using(each, revision) for each in known.changes(own))
    found = merged(step for change in changes if change for step in steps(change))
    if found and end is None and item.kind == "column":
        type_ = column_text(after or "").type
        codes = (code for code, worse in WORSE_TYPES.items() if re.fullmatch(worse, type_))
        ignore = (*found[0].ignore, *((code, "others need this type") for code in codes))
        found = (replace(found[0], ignore=ignore), *found[1:])
    return _with_what_they_need(around_views(found, revision), revision)


def no_steps(danger: Danger, revision: Revision) -> tuple[Step, ...]:
    """Return no steps: there is nothing to do otherwise."""
    return ()


def recognition(danger: Danger, revision: Revision, end: Catalog | None = None) -> Recognition:
    """Return what recognises the changes of a revision."""
    recording = revision.recording
    rewritten = {
        (each.schema, each.name)
        for statement in recording.statements
        for oid, each in statement.after.relations.items()
        if oid in statement.before.relations and statement.before.relations[oid].file != each.file
    }
    item, before, after = danger.difference or (None, None, None)
    is_kept = bool(item and item.kind == "column" and before and after and danger.table)
    if is_kept and column_text(before or "").type != column_text(after or "").type:
        assert danger.table is not None
        rewritten.add((danger.table.schema, danger.table.name))  # or only its indexes
    return Recognition(recording.start, recording.end if end is None else end, rewritten)


def merged(all_steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps, those of one stage in one."""
    taken = list(all_steps)
    found = []
    for stage in STAGES:
        if same := [step for step in taken if step.name == stage]:
            upgrade = dict.fromkeys(line for step in same for line in step.upgrade)
            # VALIDATE takes a weak lock, if no stronger one is held already.
            ordered = sorted(upgrade, key=lambda line: " VALIDATE CONSTRAINT " not in line)
            downgrade = dict.fromkeys(line for step in same[::-1] for line in step.downgrade)
            ignore = dict.fromkeys(each for step in same for each in step.ignore)
            deploy = " ".join(dict.fromkeys(step.deploy for step in same))
            found.append(Step(stage, tuple(ordered), tuple(downgrade), deploy, tuple(ignore)))
    return tuple(found)


def _with_using(change: c.Change, revision: Revision) -> c.Change | None:
    """Return the change with the expressions that the revision has; None if nothing changes."""
    if isinstance(change, c.ChangeType):
        is_same = change.before.type == change.after.type
        return None if is_same else replace(change, using=_using(change, revision))
    if isinstance(change, c.RemoveEnumValues):
        own = re.compile(rf'(::\s*)(?:"?{change.schema}"?\.)?"?{re.escape(change.name)}"?(?![\w.])')
        new = rf"\g<1>{qualified(change.schema, change.aside)}"
        columns = (replace(each, using=_using(each, revision)) for each in change.columns)
        found = (replace(each, using=own.sub(new, each.using)) for each in columns)
        return replace(change, columns=tuple(found))
    return change


def _using(change: c.ChangeType, revision: Revision) -> str:
    for statement in revision.recording.statements:
        sql = statement.part.text
        for match in _USING.finditer(masked(sql)):
            if plain(sql[slice(*match.span(1))]) == change.after.name:
                return sql[slice(*match.span(2))].strip()
    return change.using


def _with_what_they_need(found: tuple[Step, ...], revision: Revision) -> tuple[Step, ...]:
    """Return the steps, of which the first makes the types and sequences that they mention."""
    source = "\n".join(line for step in found for line in (*step.upgrade, *step.downgrade))
    needed = [
        (item, definition)
        for item, before, definition in revision.differences
        if before is None and definition and item.kind in KINDS and KINDS[item.kind].before_tables
        if KINDS[item.kind].is_one_statement
        if _mentions(source, item)
    ]
    if not needed:
        return found
    made = tuple(execute(creation(*each)) for each in needed)
    dropped = tuple(execute(removal(*each)) for each in reversed(needed))
    first, *others = found
    upgrade, downgrade = (*made, *first.upgrade), (*first.downgrade, *dropped)
    return (replace(first, upgrade=upgrade, downgrade=downgrade), *others)


def _mentions(source: str, item: Item) -> bool:
    """Return whether the source names it, with the schema `public` or without."""
    called = item.name.partition("(")[0]  # a function without its arguments
    names = (qualified(item.schema, called), name(item.schema, called))
    own = "|".join(map(re.escape, names))
    return re.search(rf"(?<![\w.])(?:{own})(?![\w.])", source) is not None
