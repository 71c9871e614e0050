"""The replayed history, on which a new revision is tried."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op
from alembic.operations import Operations
from alembic.operations.ops import MigrateOperation
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.alembic_internals import commit_nothing_in_autocommit_blocks
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.items import Catalog, Difference, unused_types
from alembic_workflow.catalog.round_trip import differences
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import differences_from_models
from alembic_workflow.replay.history import history_catalog

Operation = TypeVar("Operation", bound=MigrateOperation)


class Trial:
    """The replayed history, to which the operations of the new revision are applied."""

    def __init__(
        self,
        environment: Environment,
        migration_context: MigrationContext,
        models: Catalog,
        history: Catalog,
    ) -> None:
        """Take the context whose connection leads to the scratch database, which is as `history`."""
        assert migration_context.connection is not None
        self._environment = environment
        self._connection = migration_context.connection
        self._migration_context = migration_context
        self._models = models
        self._kept = unused_types(history)
        # What was read and compared, until something is done.
        self._catalog: Catalog | None = history
        self._differences: dict[bool, list[Difference]] = {}
        # What is accepted is committed anyway.
        commit_nothing_in_autocommit_blocks(migration_context)

    @property
    def connection(self) -> Connection:
        """The connection to the scratch database."""
        return self._connection

    @property
    def default_schema(self) -> str:
        """The schema of what is named without one."""
        return self._connection.dialect.default_schema_name or ""

    def catalog(self) -> Catalog:
        """Return what is there by now."""
        if self._catalog is None:
            self._catalog = history_catalog(self._environment, self._connection)
        return self._catalog

    def differences(self, *, names_too: bool = False) -> list[Difference]:
        """Return how the models differ from what is there by now."""
        if names_too not in self._differences:
            self._differences[names_too] = differences_from_models(
                self._connection,
                self._models,
                self.catalog(),
                names_too=names_too,
                kept=self._kept,
            )
        return self._differences[names_too]

    def differences_to(self, catalog: Catalog) -> list[Difference]:
        """Return how another catalog differs from what is there by now."""
        return differences(self._connection, catalog, self.catalog(), names_too=True)

    def rows(self, query: str, parameters: tuple[str, ...]) -> list[Any]:
        """Return what the query finds in what is there by now."""
        return list(self._connection.exec_driver_sql(query, parameters))

    def schemas(self) -> set[str]:
        """Return the schemas that are there by now."""
        query = "SELECT nspname FROM pg_namespace"
        return set(self._connection.exec_driver_sql(query).scalars())

    def apply_each(self, operations: Iterable[SQLOperation]) -> list[SQLOperation]:
        """Apply the operations, and return those that PostgreSQL accepts."""
        operations = list(operations)
        if operations and self.refuses(operations) is None:  # which is faster, and common
            return operations
        return [each for each in operations if self.refuses([each]) is None]

    def apply_together(self, operations: Sequence[Operation]) -> Sequence[Operation]:
        """Apply the operations, and return them if PostgreSQL accepts all of them."""
        return operations if self.refuses(operations) is None else []

    def apply_first(self, ways: Iterable[Sequence[SQLOperation]]) -> Sequence[SQLOperation]:
        """Apply the first of the ways that PostgreSQL accepts, and return it."""
        return next((each for each in ways if self.refuses(each) is None), [])

    def refuses(self, operations: Iterable[MigrateOperation]) -> str | None:
        """Run the operations as the revision will, or none of them and return why it failed."""
        operations = without_blanks(operations)
        error = self._run(operations) if operations else None
        if error is not None:
            return reason(error)
        if operations:
            self._connection.commit()  # only then can a new value of an enum be used
            self._catalog = None
            self._differences.clear()
        return None

    def source(self, operation: MigrateOperation) -> str:
        """Return the operation as the revision has it."""
        return "\n".join(render_op(self._rendering(), operation))

    def _run(self, operations: Iterable[MigrateOperation]) -> DBAPIError | None:
        rendering = self._rendering()
        lines = [line for each in operations for line in render_op(rendering, each)]
        op = Operations(self._migration_context)
        names: dict[str, Any] = {"op": op, "sa": sqlalchemy}
        exec("\n".join(sorted(rendering.imports)), names)
        try:
            with self._connection.begin_nested(), Operations.context(self._migration_context):
                exec("\n".join(lines), names | _in_a_transaction(op))
        except DBAPIError as error:
            return error
        return None

    def _rendering(self) -> AutogenContext:
        return AutogenContext(self._migration_context, autogenerate=False)


def _in_a_transaction(operations: Operations) -> dict[str, Any]:
    """Return what does the same as the operations that commit: nobody else uses the trial."""

    def drop_index(name: str, **options: Any) -> None:
        operations.drop_index(name, if_exists=True, **options)

    return {
        "create_index_concurrently": operations.create_index,
        "drop_index_concurrently": drop_index,
        "add_partition_keys": lambda *_, **__: None,
    }


def without_blanks(operations: Iterable[MigrateOperation]) -> list[MigrateOperation]:
    """Return the operations that do something, in this direction."""
    return [each for each in operations if getattr(each, "statement", None) != ""]


def reason(error: DBAPIError) -> str:
    """Return why PostgreSQL refused a statement, with its DETAIL and HINT."""
    lines = str(error.orig).strip().splitlines()
    told = [line for line in lines[1:] if line.startswith(("DETAIL:", "HINT:"))]
    return "\n".join([lines[0], *told])
