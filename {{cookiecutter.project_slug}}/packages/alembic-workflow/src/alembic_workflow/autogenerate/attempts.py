"""Operations tried on the replayed history, each in one of the ways that there are for it."""

from collections.abc import Callable, Iterable

from alembic.operations.ops import MigrateOperation

from alembic_workflow.autogenerate.trial_run import Trial

Ways = Callable[[MigrateOperation, Trial], Iterable[list[MigrateOperation]]]
"""Returns the ways of doing an operation on the trial."""
Settled = tuple[list[MigrateOperation], list[tuple[MigrateOperation, str]]]
"""The accepted operations in their order, and the refused ones with the reason."""


def settle(trial: Trial, operations: Iterable[MigrateOperation], ways: Ways) -> Settled:
    """Apply the operations one by one, and return what PostgreSQL accepts and refuses.

    What it refuses is tried again after the others.
    """
    accepted: list[MigrateOperation] = []
    refused: list[tuple[MigrateOperation, str]] = []
    pending = list(operations)
    if pending and trial.refuses(pending) is None:  # which is faster, and common
        return pending, []
    while pending:
        refused = []
        for operation in pending:
            way, refusal = _first_way(trial, operation, ways)
            accepted += way
            if not way:
                refused.append((operation, refusal))
        if len(refused) == len(pending):
            break
        pending = [operation for operation, _ in refused]
    return accepted, refused


def _first_way(
    trial: Trial, operation: MigrateOperation, ways: Ways
) -> tuple[list[MigrateOperation], str]:
    """Apply the first way that PostgreSQL accepts; else return why it refuses them."""
    reasons: list[str] = []
    for way in ways(operation, trial):
        refusal = trial.refuses(way)
        if refusal is None:
            return way, ""
        reasons.append(refusal)
    return [], "\nTried otherwise: ".join(dict.fromkeys(reasons))
