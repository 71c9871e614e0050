"""A revision is completed with what autogenerate cannot find, rename or undo."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alembic import context
from alembic.autogenerate import produce_migrations
from alembic.operations.ops import (
    DropConstraintOp,
    MigrateOperation,
    MigrationScript,
    ModifyTableOps,
    OpContainer,
)
from alembic.runtime.migration import MigrationContext

from alembic_workflow.autogenerate import catalog_operations, enums, renames
from alembic_workflow.autogenerate.directives import (
    NoteOperation,
    PassOperation,
    SQLOperation,
)
from alembic_workflow.autogenerate.trial_run import Trial, without_blanks
from alembic_workflow.autogenerate.type_changes import cast_where_needed
from alembic_workflow.catalog.items import Catalog, Difference, Item, compare
from alembic_workflow.command_names import command
from alembic_workflow.database.alembic_log import quiet
from alembic_workflow.environment import Environment
from alembic_workflow.sql.identifiers import name

logger = logging.getLogger("alembic.workflow")


def is_revision() -> bool:
    """Return whether a revision is to be written, and not only looked for."""
    return bool(getattr(context.config.cmd_opts, "autogenerate", False))


@dataclass
class Convergence:
    """Completes what autogenerate found; is called as Alembic's `process_revision_directives`."""

    environment: Environment
    history: Catalog
    models: Catalog
    given: list[renames.Rename]

    def __call__(
        self, migration_context: MigrationContext, revision: Any, directives: list[MigrationScript]
    ) -> None:
        """Change the operations of the revision in place."""
        [script] = directives
        assert script.upgrade_ops is not None
        assert script.downgrade_ops is not None
        trial = Trial(self.environment, migration_context, self.models)
        confirmed, unconfirmed = self._renames()
        operations = self._operations_before(trial, confirmed)
        found = script.upgrade_ops
        if operations:
            migration_context.opts["history"] = trial.catalog()
            metadata = migration_context.opts["target_metadata"]
            with quiet("alembic.autogenerate"):  # it has told what it found
                found = produce_migrations(migration_context, metadata).upgrade_ops or found
        foreign_keys_first(found)
        cast_where_needed(trial, found.ops)
        refusal = trial.refuses(found.ops)
        operations += found.ops
        if refusal is None:
            operations += completed(trial, trial.differences)
        undoing = [operation.reverse() for operation in reversed(operations)]
        if refusal is None:
            cast_where_needed(trial, undoing)
            undoing = self._undoing(trial, undoing)
        notes = [
            *refusal_note(refusal),
            *unconfirmed_notes(unconfirmed),
            *move_notes(renames.moves(self.models, self.history)),
        ]
        script.upgrade_ops.ops[:] = with_body([*notes, *operations])
        script.downgrade_ops.ops[:] = with_body(undoing)

    def _undoing(self, trial: Trial, undoing: list[MigrateOperation]) -> list[MigrateOperation]:
        """Return the operations of the downgrade, with what they lack to restore what was there."""
        refusal = trial.refuses(undoing)
        if refusal is not None:
            return [*refusal_note(refusal), *undoing]

        def differences() -> list[Difference]:
            return compare(self.history, trial.catalog(), names_too=True)

        followers = trial.apply_each(renames.following(differences()))
        return [*undoing, *followers, *completed(trial, differences)]

    def _operations_before(
        self, trial: Trial, confirmed: Sequence[renames.Rename]
    ) -> list[MigrateOperation]:
        """Return what has to be done before autogenerate's own operations."""
        operations: list[MigrateOperation] = []
        for group in enums.changes(trial.differences(), trial.catalog()):
            operations += trial.apply_together(group)
        operations += trial.apply_each(self._new_schemas(trial))
        for rename in renames.in_order(confirmed):
            operations += trial.apply_each([rename.operation()])
        followers = renames.following(trial.differences(names_too=bool(confirmed)))
        operations += trial.apply_each(followers)
        operations += trial.apply_each(enums.creations(trial.differences()))
        operations += trial.apply_each(catalog_operations.operations_before(trial.differences()))
        return operations

    def _renames(self) -> tuple[list[renames.Rename], list[renames.Rename]]:
        """Return the confirmed renames, and what may be renames and was not asked about."""
        settled = {part for rename in self.given for part in (rename.before, rename.after)}
        confirmed, unconfirmed = list(self.given), []
        for candidates in (renames.table_candidates, renames.column_candidates):
            tables = [rename for rename in confirmed if rename.is_table]
            others = [
                rename
                for rename in candidates(self.models, renames.with_new_names(self.history, tables))
                if settled.isdisjoint((rename.before, rename.after))
            ]
            if sys.stdin.isatty() and is_revision():
                confirmed += renames.confirmed_on_terminal(others)
            else:
                unconfirmed += others
        return confirmed, unconfirmed

    def _new_schemas(self, trial: Trial) -> list[SQLOperation]:
        return [
            SQLOperation(f"CREATE SCHEMA IF NOT EXISTS {name(schema)}", "")
            for schema in sorted(self.environment.schemas - trial.schemas())
        ]


def completed(
    trial: Trial, differences: Callable[[], Sequence[Difference]]
) -> list[MigrateOperation]:
    """Apply what removes the differences, and return it, with a comment for each that is left."""
    operations: list[MigrateOperation] = []
    for _ in range(2):  # an index goes with the generated column that is replaced
        operations += trial.apply_each(catalog_operations.operations_after(differences()))
    operations += trial.apply_each(enums.drops(differences()))
    return [*operations, *catalog_operations.notes(differences())]


def foreign_keys_first(container: OpContainer) -> None:
    """Drop foreign keys before the tables that they point to; Alembic drops the tables first."""
    first: list[MigrateOperation] = []
    for part in container.ops:
        if isinstance(part, ModifyTableOps):
            keys = [each for each in part.ops if _drops_foreign_key(each)]
            part.ops = [each for each in part.ops if each not in keys]
            if keys:
                first.append(ModifyTableOps(part.table_name, keys, schema=part.schema))
    container.ops[:0] = first


def _drops_foreign_key(operation: MigrateOperation) -> bool:
    is_drop = isinstance(operation, DropConstraintOp)
    return is_drop and getattr(operation, "constraint_type", None) == "foreignkey"


def refusal_note(refusal: str | None) -> list[NoteOperation]:
    """Return a comment that says why PostgreSQL refuses the revision as it is."""
    if refusal is None:
        return []
    logger.warning("PostgreSQL refuses this revision as it is: %s", refusal)
    return [NoteOperation(f"Write by hand: PostgreSQL refuses this revision as it is: {refusal}")]


def unconfirmed_notes(unconfirmed: Iterable[renames.Rename]) -> Iterator[NoteOperation]:
    """Yield a comment for each pair that may be a rename."""
    for rename in unconfirmed:
        old, new = rename.names
        logger.warning("%s is dropped and %s is new: rename=%s keeps the rows.", old, new, rename)
        yield NoteOperation(
            f"Unconfirmed rename: {old} -> {new}\n"
            "If it is one, delete this file and run: " + command("revision", rename=str(rename))
        )


def move_notes(moves: Iterable[tuple[Item, Item]]) -> Iterator[NoteOperation]:
    """Yield a comment for each table that may only have changed its schema."""
    for old, new in moves:
        before, after = name(old.schema, old.name), name(new.schema, new.name)
        logger.warning("%s is dropped and %s is new, without its rows.", before, after)
        yield NoteOperation(
            f"Unconfirmed rename: {before} -> {after}\n"
            f'To keep its rows: op.execute("ALTER TABLE {before} SET SCHEMA {name(new.schema)}")'
        )


def with_body(operations: list[MigrateOperation]) -> list[MigrateOperation]:
    """Return the operations without those that do nothing; a function needs more than comments."""
    kept = without_blanks(operations)
    if kept and all(isinstance(each, NoteOperation) for each in kept):
        kept.append(PassOperation())
    return kept
