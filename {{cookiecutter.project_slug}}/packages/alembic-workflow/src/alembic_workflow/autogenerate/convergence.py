"""A revision is completed with what autogenerate cannot find, rename or undo."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alembic import context
from alembic.autogenerate import produce_migrations
from alembic.operations.ops import MigrateOperation, MigrationScript
from alembic.runtime.migration import MigrationContext

from alembic_workflow.autogenerate.changes import catalog_operations, enums
from alembic_workflow.autogenerate.changes.columns import no_longer_generated
from alembic_workflow.autogenerate.comparison.agreement import Agreement
from alembic_workflow.autogenerate.completion import completed, completed_to
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.autogenerate.notes import (
    move_notes,
    only_notes,
    unconfirmed_notes,
    with_body,
    without_notes,
)
from alembic_workflow.autogenerate.ordering import ordered
from alembic_workflow.autogenerate.plans.arrangement import Draft
from alembic_workflow.autogenerate.plans.plan import safe_drafts
from alembic_workflow.autogenerate.plans.writing import write
from alembic_workflow.autogenerate.renames.candidates import (
    enum_candidates,
    moves,
    part_candidates,
    table_candidates,
    with_values,
)
from alembic_workflow.autogenerate.renames.followers import following
from alembic_workflow.autogenerate.renames.questions import confirmed_on_terminal
from alembic_workflow.autogenerate.renames.rename import Rename, in_order, with_new_names
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.items import Catalog
from alembic_workflow.database.alembic_log import quiet
from alembic_workflow.environment import Environment
from alembic_workflow.sql.identifiers import name


def is_revision() -> bool:
    """Return whether a revision is to be written, and not only looked for."""
    return bool(getattr(context.config.cmd_opts, "autogenerate", False))


@dataclass
class Convergence:
    """Completes what autogenerate found; is called as Alembic's `process_revision_directives`."""

    environment: Environment
    history: Catalog
    models: Catalog
    given: list[Rename]
    released: Catalog | None
    """The part of the history that databases in use have, if changes of it are to be safe."""

    def __call__(
        self, migration_context: MigrationContext, revision: Any, directives: list[MigrationScript]
    ) -> None:
        """Change the operations of the revision in place."""
        [script] = directives
        assert script.upgrade_ops is not None
        assert script.downgrade_ops is not None
        trial = Trial(self.environment, migration_context, self.models, self.history)
        confirmed, unconfirmed = self._renames()
        operations = self._operations_before(trial, confirmed)
        operations_for_tables = catalog_operations.operations_before(trial.differences())
        created = trial.apply_each([*self._new_schemas(trial), *operations_for_tables])
        if operations:
            migration_context.opts["history"] = trial.catalog()
            metadata = migration_context.opts["target_metadata"]
            with quiet("alembic.autogenerate"):  # it has told what it found
                produce_migrations(migration_context, metadata)
        operations += created
        agreement = Agreement(trial.differences(), trial.catalog(), trial.default_schema)
        operations += completed(
            trial, ordered(agreement.kept(migration_context.opts["found"])), trial.differences
        )
        undoing = completed(
            trial,
            without_notes(operation.reverse() for operation in reversed(operations)),
            lambda: trial.differences_to(self.history),
        )
        notes = [
            *unconfirmed_notes(unconfirmed),
            *move_notes(moves(self.models, self.history)),
        ]
        drafts: list[Draft] = []
        if self.released is not None and is_revision():
            tables = [rename for rename in confirmed if rename.kind == "table"]
            released = with_new_names(self.released, tables)
            drafts = safe_drafts(trial, operations, undoing, released, completed_to)
        if drafts:
            drafts[0].upgrade[:0] = notes
            drafts[-1].upgrade += only_notes(operations)
            drafts[-1].downgrade[:0] = only_notes(undoing)
            write(directives, drafts)
            return
        script.upgrade_ops.ops[:] = with_body([*notes, *operations])
        script.downgrade_ops.ops[:] = with_body(undoing)

    def _operations_before(
        self, trial: Trial, confirmed: Sequence[Rename]
    ) -> list[MigrateOperation]:
        """Return what changes the names and values with which autogenerate compares."""
        operations: list[MigrateOperation] = []
        of_enums = [each for each in in_order(confirmed) if each.kind in ("enum", "value")]
        operations += trial.apply_each(each.operation() for each in of_enums)
        for group in enums.changes(trial.differences(), trial):
            operations += trial.apply_together(group)
        others = [each for each in in_order(confirmed) if each not in of_enums]
        operations += trial.apply_each(each.operation() for each in others)
        left = trial.differences(names_too=bool(confirmed))
        operations += trial.apply_each([*following(left), *no_longer_generated(left)])
        return operations

    def _renames(self) -> tuple[list[Rename], list[Rename]]:
        """Return the confirmed renames, and what may be renames and was not asked about."""
        settled = {part for rename in self.given for part in (rename.before, rename.after)}
        confirmed, unconfirmed = list(self.given), []
        models, history = with_values(self.models), with_values(self.history)
        for candidates in (table_candidates, enum_candidates, part_candidates):
            others = [
                rename
                for rename in candidates(models, with_new_names(history, confirmed))
                if settled.isdisjoint((rename.before, rename.after))
            ]
            if sys.stdin.isatty() and is_revision():
                confirmed += confirmed_on_terminal(others)
            else:
                unconfirmed += others
        return confirmed, unconfirmed

    def _new_schemas(self, trial: Trial) -> list[SQLOperation]:
        named = self.environment.schemas | {item.schema for item in self.models if item.schema}
        return [
            SQLOperation(f"CREATE SCHEMA IF NOT EXISTS {name(schema)}", "")
            for schema in sorted(named - trial.schemas())
        ]
