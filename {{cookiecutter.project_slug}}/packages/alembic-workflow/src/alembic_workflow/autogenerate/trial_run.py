"""The replayed history, on which a new revision is tried."""

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op
from alembic.operations import Operations
from alembic.operations.ops import MigrateOperation
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from alembic_workflow.alembic_internals import commit_nothing_in_autocommit_blocks
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.items import Catalog, Difference, compare, is_wanted_by_models
from alembic_workflow.environment import Environment
from alembic_workflow.replay.history import history_catalog

DATATYPE_MISMATCH = "42804"


class Trial:
    """The replayed history, to which the operations of the new revision are applied."""

    def __init__(
        self, environment: Environment, migration_context: MigrationContext, models: Catalog
    ) -> None:
        """Take the context whose connection leads to the scratch database."""
        assert migration_context.connection is not None
        self._environment = environment
        self._connection = migration_context.connection
        self._migration_context = migration_context
        self._models = models
        # What is accepted is committed anyway.
        commit_nothing_in_autocommit_blocks(migration_context)

    def catalog(self) -> Catalog:
        """Return what is there by now."""
        return history_catalog(self._environment, self._connection)

    def differences(self, *, names_too: bool = False) -> list[Difference]:
        """Return how the models differ from what is there by now."""
        differences = compare(self._models, self.catalog(), names_too=names_too)
        return [each for each in differences if is_wanted_by_models(each)]

    def schemas(self) -> set[str]:
        """Return the schemas that are there by now."""
        query = "SELECT nspname FROM pg_namespace"
        return set(self._connection.exec_driver_sql(query).scalars())

    def apply_each(self, operations: Iterable[SQLOperation]) -> list[SQLOperation]:
        """Apply the operations, and return those that PostgreSQL accepts."""
        return [each for each in list(operations) if self.refuses([each]) is None]

    def apply_together(self, operations: Sequence[SQLOperation]) -> Sequence[SQLOperation]:
        """Apply the operations, and return them if PostgreSQL accepts all of them."""
        return operations if self.refuses(operations) is None else []

    def refuses(self, operations: Iterable[MigrateOperation]) -> str | None:
        """Run the operations as the revision will, or none of them and return why it failed."""
        error = self._run(operations)
        if error is not None:
            return str(error.orig).strip().splitlines()[0]
        self._connection.commit()  # only then can a new value of an enum be used
        return None

    def _run(self, operations: Iterable[MigrateOperation]) -> DBAPIError | None:
        rendering = AutogenContext(self._migration_context, autogenerate=False)
        lines = [line for each in without_blanks(operations) for line in render_op(rendering, each)]
        source = "\n".join([*sorted(rendering.imports), *lines])
        try:
            with self._connection.begin_nested():
                exec(source, {"op": Operations(self._migration_context), "sa": sqlalchemy})
        except DBAPIError as error:
            return error
        return None

    def one_by_one(self, operations: Iterable[MigrateOperation]) -> Iterator[MigrateOperation]:
        """Yield each operation once those before it have run; in the end, all is rolled back."""
        savepoint = self._connection.begin_nested()
        for operation in operations:
            yield operation
            self._run([operation])
        savepoint.rollback()

    def lacks_cast(self, statement: str) -> bool:
        """Return whether PostgreSQL refuses to change a type so without an explicit cast."""
        savepoint = self._connection.begin_nested()
        try:
            self._connection.exec_driver_sql(statement.replace("%", "%%"))
        except DBAPIError as error:
            return getattr(error.orig, "pgcode", None) == DATATYPE_MISMATCH
        finally:
            savepoint.rollback()
        return False


def without_blanks(operations: Iterable[MigrateOperation]) -> list[MigrateOperation]:
    """Return the operations that do something, in this direction."""
    return [each for each in operations if getattr(each, "statement", None) != ""]
