"""The replayed history, on which a new revision is tried."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op
from alembic.operations import Operations
from alembic.operations.ops import MigrateOperation
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from alembic_workflow.alembic_internals import commit_nothing_in_autocommit_blocks
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.items import Catalog, Difference, unused_types
from alembic_workflow.catalog.round_trip import differences
from alembic_workflow.environment import Environment
from alembic_workflow.replay.comparison import differences_from_models
from alembic_workflow.replay.history import history_catalog
from alembic_workflow.sql.identifiers import quoted
from alembic_workflow.sql.text import as_driver_sql

# Of a partition, the table that it belongs to.
_FILES = """
SELECT c.oid, n.nspname, t.relname, c.relfilenode
FROM pg_class c JOIN pg_class t ON t.oid = coalesce(pg_partition_root(c.oid), c.oid)
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"""
_WITHOUT_PARTITION = """
SELECT format('%%I.%%I', n.nspname, c.relname), p.partstrat
FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid)"""
UNDEFINED_COLUMN = "42703"
Ways = Callable[[MigrateOperation, "Trial"], Iterable[list[MigrateOperation]]]
"""Returns the ways of doing an operation on the trial."""
Settled = tuple[list[MigrateOperation], dict[MigrateOperation, str]]
"""The accepted operations in their order, and the refused ones with the reason."""


class Trial:
    """The replayed history, to which the operations of the new revision are applied."""

    def __init__(
        self,
        environment: Environment,
        migration_context: MigrationContext,
        models: Catalog,
        history: Catalog,
    ) -> None:
        """Take the context whose connection leads to the scratch database."""
        assert migration_context.connection is not None
        self._environment = environment
        self._connection = migration_context.connection
        self._migration_context = migration_context
        self._models = models
        self._kept = unused_types(history)
        # What is accepted is committed anyway.
        commit_nothing_in_autocommit_blocks(migration_context)

    @property
    def default_schema(self) -> str:
        """The schema of what is named without one."""
        return self._connection.dialect.default_schema_name or ""

    def catalog(self) -> Catalog:
        """Return what is there by now."""
        return history_catalog(self._environment, self._connection)

    def differences(self, *, names_too: bool = False) -> list[Difference]:
        """Return how the models differ from what is there by now."""
        return differences_from_models(
            self._connection,
            self._models,
            self.catalog(),
            names_too=names_too,
            kept=self._kept,
        )

    def differences_to(self, catalog: Catalog) -> list[Difference]:
        """Return how another catalog differs from what is there by now."""
        return differences(self._connection, catalog, self.catalog(), names_too=True)

    def files(self) -> dict[int, tuple[tuple[str, str], int]]:
        """Return schema and name of the table of each file, by what stays if it is written anew."""
        rows = self._connection.exec_driver_sql(_FILES)
        return {oid: ((schema, name), file) for oid, schema, name, file in rows}

    def make_partitions(self) -> None:
        """Give each partitioned table a partition, so that what is written anew can be seen."""
        for table, strategy in self._connection.exec_driver_sql(_WITHOUT_PARTITION).all():
            bounds = "FOR VALUES WITH (MODULUS 1, REMAINDER 0)" if strategy == "h" else "DEFAULT"
            own = quoted(f"trial_{secrets.token_hex(4)}")
            self._connection.exec_driver_sql(
                as_driver_sql(f"CREATE TABLE {own} PARTITION OF {table} {bounds}")
            )
        self._connection.commit()

    def is_true(self, expression: str) -> bool:
        """Return whether the expression of SQL is true, or is not one by itself."""
        try:
            with self._connection.begin_nested():
                found = self._connection.exec_driver_sql(as_driver_sql(f"SELECT {expression}"))
                return found.scalar() is not False
        except DBAPIError as error:
            return getattr(error.orig, "pgcode", None) == UNDEFINED_COLUMN

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
            return reason(error)
        self._connection.commit()  # only then can a new value of an enum be used
        return None

    def settle(self, operations: Iterable[MigrateOperation], ways: Ways) -> Settled:
        """Apply the operations one by one, each in one of the ways that there are for it.

        What PostgreSQL refuses is tried again after the others.
        """
        accepted: list[MigrateOperation] = []
        pending = dict.fromkeys(operations, "")
        if pending and self.refuses(pending) is None:  # which is faster, and common
            return list(pending), {}
        while pending:
            refused: dict[MigrateOperation, str] = {}
            for operation in pending:
                way, refusal = self._first_way(operation, ways)
                accepted += way
                if not way:
                    refused[operation] = refusal
            if len(refused) == len(pending):
                break
            pending = refused
        return accepted, pending and refused

    def _first_way(
        self, operation: MigrateOperation, ways: Ways
    ) -> tuple[list[MigrateOperation], str]:
        """Apply the first way that PostgreSQL accepts; else return why it refuses the first one."""
        reasons: list[str] = []
        for way in ways(operation, self):
            refusal = self.refuses(way)
            if refusal is None:
                return way, ""
            reasons.append(refusal)
        return [], reasons[0]

    def source(self, operation: MigrateOperation) -> str:
        """Return the operation as the revision has it."""
        return "\n".join(render_op(self._rendering(), operation))

    def _run(self, operations: Iterable[MigrateOperation]) -> DBAPIError | None:
        rendering = self._rendering()
        lines = [line for each in without_blanks(operations) for line in render_op(rendering, each)]
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
