"""Operations, and what removes the differences that are left after them."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.attempts import settle
from alembic_workflow.autogenerate.changes import catalog_operations, enums
from alembic_workflow.autogenerate.changes.domains import domain_operations
from alembic_workflow.autogenerate.changes.keys import key_operations
from alembic_workflow.autogenerate.changes.type_changes import ways
from alembic_workflow.autogenerate.comparison.agreement import Agreement
from alembic_workflow.autogenerate.notes import left_notes, refusal_notes
from alembic_workflow.autogenerate.renames.followers import following
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.items import Catalog, Difference, Item

ROUNDS = 3
"""An index goes with the generated column that is replaced, and a key waits for another one."""


def completed_to(
    trial: Trial, operations: Iterable[MigrateOperation], catalog: Catalog
) -> list[MigrateOperation]:
    """Do what `completed` does, until what is there is what the catalog says."""
    return completed(trial, operations, lambda: trial.differences_to(catalog))


def completed(
    trial: Trial,
    operations: Iterable[MigrateOperation],
    differences: Callable[[], Sequence[Difference]],
) -> list[MigrateOperation]:
    """Apply the operations and what removes the differences that are left, and return both.

    What PostgreSQL refuses is tried again once the rest is done. What is left then is a note, with
    its reason.
    """
    accepted, refused = settle(trial, operations, ways)
    done = list(accepted)
    for _ in range(ROUNDS):
        left = differences()
        if not left and not refused:
            break
        done += trial.apply_each(following(left))
        for groups in domain_operations(differences(), trial.catalog()):
            done += trial.apply_first(groups)
        done += trial.apply_each(catalog_operations.operations_after(differences()))
        for group in key_operations(differences(), trial.catalog()):
            done += trial.apply_together(group)
        agreement = Agreement(differences(), trial.catalog(), trial.default_schema)
        again, refused = settle(trial, agreement.kept([each for each, _ in refused]), ways)
        done += again
    done += trial.apply_each(enums.drops(differences()))
    reasons: dict[Item, str] = {}
    for difference in differences():
        tried, reason = _one_by_one(trial, difference)
        done += tried
        if reason:
            reasons[difference.item] = reason
    refusals = {trial.source(operation): reason for operation, reason in refused}
    return [*done, *refusal_notes(refusals), *left_notes(differences(), reasons)]


def _one_by_one(trial: Trial, difference: Difference) -> tuple[Sequence[MigrateOperation], str]:
    """Apply what removes the difference; else return why PostgreSQL refuses it, if it is known."""
    reason = ""
    for way in _ways(trial, difference):
        refusal = trial.refuses(way)
        if refusal is None:
            return way, ""
        reason = reason or refusal
    return [], reason


def _ways(trial: Trial, difference: Difference) -> Iterator[Sequence[MigrateOperation]]:
    yield from enums.changes([difference], trial)
    for domains in domain_operations([difference], trial.catalog()):
        yield from domains
    yield from filter(None, [list(catalog_operations.operations_after([difference]))])
    yield from ([each] for each in enums.drops([difference]))
