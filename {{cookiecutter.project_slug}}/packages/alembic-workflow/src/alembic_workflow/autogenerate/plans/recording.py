"""The changes that each operation of a revision makes, found by running it."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alembic.operations.ops import AlterColumnOp, MigrateOperation

from alembic_workflow.autogenerate.plans.scratch import files
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.items import Catalog, Difference, compare
from alembic_workflow.safe_forms.table import TableName


@dataclass(frozen=True)
class Recorded:
    """An operation, and what it did."""

    operation: MigrateOperation
    before: Catalog
    after: Catalog
    rewritten: frozenset[TableName]
    """The tables that PostgreSQL wrote anew, or an index of them."""

    @property
    def differences(self) -> list[Difference]:
        """Its changes: expected is there after it, found was there before."""
        return compare(self.after, self.before, names_too=True)


def record(trial: Trial, operations: Iterable[MigrateOperation]) -> list[Recorded] | None:
    """Run the operations one by one, and return what each of them did; None if one is refused."""
    recorded: list[Recorded] = []
    before, there = trial.catalog(), files(trial.connection)
    for operation in (piece for each in operations for piece in pieces(each)):
        if trial.refuses([operation]) is not None:
            return None
        after, now = trial.catalog(), files(trial.connection)
        rewritten = frozenset(
            table for own, (table, file) in now.items() if own in there and there[own][1] != file
        )
        recorded.append(Recorded(operation, before, after, rewritten))
        before, there = after, now
    return recorded


def pieces(operation: MigrateOperation) -> Iterator[MigrateOperation]:
    """Yield the parts of an operation that changes several things of a column; else itself."""
    if not isinstance(operation, AlterColumnOp) or operation.modify_nullable is None:
        yield operation
        return
    rest, own = copy.copy(operation), copy.copy(operation)
    rest.modify_nullable = None
    own.modify_type, own.modify_server_default, own.modify_comment = None, False, False
    if operation.modify_type is not None:
        own.existing_type = operation.modify_type
    if rest.has_changes():
        yield rest
    yield own


def with_new_names(recorded: Sequence[Recorded]) -> Catalog:
    """Return what was there before, with the names that tables and columns are given first."""
    renames = [each for each in recorded if getattr(each.operation, "is_rename", False)]
    start = recorded[0].before
    enums = {item: text for item, text in start.items() if item.kind == "enum"}
    return renames[-1].after | enums if renames else start
