"""A plan, tried on the replayed history before it is written."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.changes.statements import made
from alembic_workflow.autogenerate.directives import NoteOperation, SQLOperation
from alembic_workflow.autogenerate.notes import without_notes
from alembic_workflow.autogenerate.plans.arrangement import (
    Draft,
    by_stages,
    one_after_the_other,
)
from alembic_workflow.autogenerate.plans.entries import Entries
from alembic_workflow.autogenerate.plans.recording import record
from alembic_workflow.autogenerate.plans.scratch import is_true, make_partitions
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.items import Catalog, Difference

logger = logging.getLogger("alembic.workflow")
Complete = Callable[[Trial, Iterable[MigrateOperation], Catalog], list[MigrateOperation]]
"""Runs operations and what else leads to a catalog, and returns both."""


def safe_drafts(
    trial: Trial,
    operations: Sequence[MigrateOperation],
    undoing: Sequence[MigrateOperation],
    released: Catalog,
    complete: Complete,
) -> list[Draft]:
    """Return the revisions that do the operations in safe forms; none if they are safe as they are.

    Takes the history on which they are tried, to which the operations have been applied and
    undone; what undid them; and what databases in use have. Leaves the trial as it found it.
    """
    start = trial.catalog()
    make_partitions(trial.connection)
    recorded = record(trial, without_notes(operations))
    if not recorded:
        return []
    refusal = trial.refuses(without_notes(undoing)) or _left(trial.differences_to(start))
    if refusal:
        return _none(refusal)
    entries = Entries(recorded, released, partial(is_true, trial.connection)).all()
    if not any(entry.steps for entry in entries):
        return []
    refusals = []
    for arrange in (by_stages, one_after_the_other):
        drafts = arrange(entries)
        refusal = _refusal(trial, drafts, recorded[-1].after, complete)
        if not refusal:
            return drafts
        refusals.append(refusal)
        if trial.differences_to(start):
            break
    return _none(" ".join(dict.fromkeys(refusals)))


def _none(refusal: str) -> list[Draft]:
    """Return no drafts, and tell why."""
    logger.warning("The safe form cannot be applied, so this is Alembic's own: %s", refusal)
    return []


def _refusal(trial: Trial, drafts: Sequence[Draft], target: Catalog, complete: Complete) -> str:
    """Run the drafts up and down again, complete what undoes each, and return what did not work.

    What failed is undone as far as it came.
    """
    catalogs: list[Catalog] = []
    refusal: str | None = None
    for draft in drafts:
        before = trial.catalog()
        refusal = next(filter(None, map(trial.refuses, draft.transactions)), None)
        if refusal is not None:
            break
        catalogs.append(before)
        draft.upgrade += trial.apply_each(_comments(trial.catalog(), target))
    if refusal is None:
        refusal = _left(trial.differences_to(target))
    for draft, catalog in reversed(list(zip(drafts, catalogs, strict=False))):
        draft.downgrade = complete(trial, without_notes(draft.downgrade), catalog)
        notes = [each.text for each in draft.downgrade if isinstance(each, NoteOperation)]
        refusal += " ".join(notes)
    return refusal


def _comments(now: Catalog, target: Catalog) -> Iterator[SQLOperation]:
    """Yield the comments that are to be; one goes with a column whose place another one takes."""
    for item in sorted(target.keys() - now.keys()):
        if item.kind.startswith("comment on "):
            yield made(item, target[item])


def _left(differences: Sequence[Difference]) -> str:
    return "; ".join(
        f"{item}: expected {expected or 'nothing'}, found {found or 'nothing'}"
        for item, expected, found in differences
    )
