"""Create and drop indexes of tables that are in use, and leave no invalid one behind."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from alembic_workflow.operations.alone import alone, signals_afterwards
from alembic_workflow.operations.leftovers import drop_leftover, find_index
from alembic_workflow.operations.partitions import (
    create_partitioned,
    drop_partitioned,
    is_partitioned,
    partition_tree,
)

logger = logging.getLogger("alembic.workflow")

Columns = Sequence[str | sa.TextClause | sa.ColumnElement[Any]]


def create_index_concurrently(
    index_name: str,
    table_name: str,
    columns: Columns,
    *,
    schema: str | None = None,
    unique: bool = False,
    **options: Any,
) -> None:
    """Do what `op.create_index` does, while others write; call it alone in a revision's `upgrade`.

    Takes what `op.create_index` takes; what the revision did before is committed. An invalid index
    of that name, left by an interrupted run, is replaced, and a valid one with the same definition
    is accepted. If the index cannot be built, nothing of it stays. Of a partitioned table, it is
    built on one partition after the other, and then made one.

    Raises CommandError if the table is missing or the name belongs to something else or to another
    definition, and the database's own error if the index cannot be built.
    """

    given = {"unique": unique, **options}
    if op.get_context().as_sql:
        with alone():
            _create(index_name, table_name, columns, schema, given)
        return
    found: list[tuple[str, str, str | None, str]] = []

    def build(index: str, table: str, schema: str | None) -> None:
        if definition := _build(index, table, columns, schema, given):
            found.append((index, table, schema, definition))

    tree = partition_tree(table_name, schema)
    words = _as_printed(index_name, table_name, columns, schema, given) if tree else ""
    with alone():
        if tree:
            create_partitioned(tree, index_name, words, build)
        else:
            build(index_name, table_name, schema)
    for index, table, place, definition in found:
        _require(definition, index, table, _as_printed(index, table, columns, place, given))


def _build(
    index_name: str, table_name: str, columns: Columns, schema: str | None, options: dict[str, Any]
) -> str | None:
    """Build the index, or return the definition of the one that is there."""
    found = drop_leftover(index_name, table_name, schema)
    if found.definition is not None:
        return str(found.definition)
    with signals_afterwards(), ExitStack() as cleanup:
        cleanup.callback(drop_leftover, index_name, table_name, schema)
        _create(index_name, table_name, columns, schema, options)
    return None


def _require(definition: str, index_name: str, table_name: str, wanted: str) -> None:
    if definition != wanted:
        raise CommandError(
            f"Index {index_name!r} on {table_name!r}: that name belongs to {definition!r}, "
            f"not to {wanted!r}. Drop or rename it, or correct the revision, then upgrade again."
        )
    logger.info("Index %s exists already, with the same definition.", index_name)


def _create(
    index_name: str,
    table_name: str,
    columns: Columns,
    schema: str | None,
    options: dict[str, Any],
    *,
    concurrently: bool = True,
) -> None:
    given = options | {"postgresql_concurrently": concurrently}
    op.create_index(index_name, table_name, columns, schema=schema, **given)


def _as_printed(
    index_name: str, table_name: str, columns: Columns, schema: str | None, options: dict[str, Any]
) -> str:
    """Return what PostgreSQL makes of the same index on an empty table."""
    quoted = op.get_bind().dialect.identifier_preparer.format_table
    empty, original = quoted(sa.table(table_name)), quoted(sa.table(table_name, schema=schema))
    with op.get_bind().begin_nested() as savepoint:
        op.get_bind().exec_driver_sql(f"CREATE TEMPORARY TABLE {empty} (LIKE {original})")
        _create(index_name, table_name, columns, "pg_temp", options, concurrently=False)
        wanted: str = find_index(index_name, table_name, "pg_temp").definition
        savepoint.rollback()
    return wanted


def drop_index_concurrently(
    index_name: str, table_name: str | None = None, *, schema: str | None = None, **options: Any
) -> None:
    """Do what `op.drop_index` does, while others write, and nothing if there is no such index.

    Takes what `op.drop_index` takes; what the revision did before is committed. That of a
    partitioned table is dropped with a short lock, for which PostgreSQL has no other way.
    """
    given = options | {"if_exists": True, "postgresql_concurrently": True}
    with alone(), signals_afterwards():
        if is_partitioned(index_name, schema):
            drop_partitioned(index_name, schema)
            return
        op.drop_index(index_name, table_name, schema=schema, **given)
