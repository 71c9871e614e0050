"""A plan, tried on the replayed history before it is written."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.directives import NoteOperation
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
from alembic_workflow.catalog.items import Catalog

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
    if not recorded or trial.refuses(without_notes(undoing)) is not None:
        return []
    if trial.differences_to(start):
        return []
    entries = Entries(recorded, released, partial(is_true, trial.connection)).all()
    if not any(entry.steps for entry in entries):
        return []
    for arrange in (by_stages, one_after_the_other):
        drafts = arrange(entries)
        if _works(trial, drafts, recorded[-1].after, complete):
            return drafts
        if trial.differences_to(start):
            break
    return []


def _works(trial: Trial, drafts: Sequence[Draft], target: Catalog, complete: Complete) -> bool:
    """Run the drafts up and down again, complete what undoes each, and return whether all worked.

    What failed is undone as far as it came.
    """
    catalogs: list[Catalog] = []
    is_good = True
    for draft in drafts:
        before = trial.catalog()
        if trial.refuses(draft.upgrade) is not None:
            is_good = False
            break
        catalogs.append(before)
    is_good = is_good and not trial.differences_to(target)
    for draft, catalog in reversed(list(zip(drafts, catalogs, strict=False))):
        draft.downgrade = complete(trial, without_notes(draft.downgrade), catalog)
        is_good &= not any(isinstance(each, NoteOperation) for each in draft.downgrade)
    return is_good
