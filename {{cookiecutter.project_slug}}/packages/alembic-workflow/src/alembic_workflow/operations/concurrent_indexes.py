"""Create and drop indexes of tables that are in use, and leave no invalid one behind."""

import logging
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from alembic_workflow.operations.partitions import (
    create_partitioned,
    drop_partitioned,
    is_partitioned,
    partition_tree,
)

logger = logging.getLogger("alembic.workflow")

Columns = Sequence[str | sa.TextClause | sa.ColumnElement[Any]]

_TIMEOUTS = ("lock_timeout", "statement_timeout")
# Whatever bears the index's name in the table's schema; an index of the table without that schema.
_FIND = sa.text("""
    SELECT index.indrelid = owner.oid AND NOT index.indisvalid AS is_leftover,
      EXISTS (SELECT FROM pg_locks JOIN pg_stat_progress_create_index USING (pid)
        WHERE pg_locks.relation = owner.oid) AS is_being_built,
      replace(coalesce(
          pg_get_indexdef(found.oid), pg_describe_object('pg_class'::regclass, found.oid, 0)),
        format(' ON %I.%I ', schema.name, owner.relname), ' ON ') AS definition
    FROM pg_class AS owner
    CROSS JOIN LATERAL (SELECT CASE owner.relnamespace WHEN pg_my_temp_schema() THEN 'pg_temp'
      ELSE (SELECT nspname FROM pg_namespace WHERE oid = owner.relnamespace) END) AS schema (name)
    LEFT JOIN pg_class AS found
      ON found.relnamespace = owner.relnamespace AND found.relname = CAST(:name AS name)
    LEFT JOIN pg_index AS index ON index.indexrelid = found.oid
    WHERE owner.relname = CAST(:table AS name) AND owner.relkind IN ('r', 'm', 'p')
      AND coalesce(schema.name = :schema, pg_table_is_visible(owner.oid))
""")


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
        with _alone():
            _create(index_name, table_name, columns, schema, given)
        return
    found: list[tuple[str, str, str | None, str]] = []

    def build(index: str, table: str, schema: str | None) -> None:
        if definition := _build(index, table, columns, schema, given):
            found.append((index, table, schema, definition))

    tree = partition_tree(table_name, schema)
    words = _as_printed(index_name, table_name, columns, schema, given) if tree else ""
    with _alone():
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
    found = _drop_leftover(index_name, table_name, schema)
    if found.definition is not None:
        return str(found.definition)
    with _signals_afterwards(), ExitStack() as cleanup:
        cleanup.callback(_drop_leftover, index_name, table_name, schema)
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
        wanted: str = _find(index_name, table_name, "pg_temp").definition
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
    with _alone(), _signals_afterwards():
        if is_partitioned(index_name, schema):
            drop_partitioned(index_name, schema)
            return
        op.drop_index(index_name, table_name, schema=schema, **given)


@contextmanager
def _alone() -> Iterator[None]:
    """Use neither a transaction nor timeouts, as these would leave an invalid index."""
    # Statements may wait: it is for SHARE UPDATE EXCLUSIVE, behind which no read or write queues.
    with op.get_context().autocommit_block():
        for name in _TIMEOUTS:
            op.execute(f"SELECT set_config('before.{name}', current_setting('{name}'), false)")
            op.execute(f"SET {name} = 0")
        try:
            yield
        finally:
            for name in _TIMEOUTS:
                op.execute(f"SELECT set_config('{name}', current_setting('before.{name}'), false)")


@contextmanager
def _signals_afterwards() -> Iterator[None]:
    """Let Ctrl-C cancel the statement, as `env.py` sees to, and end the process after the block."""
    # An exception in the middle of a statement would make SQLAlchemy give the connection up.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: arrived.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if arrived:
            signal.raise_signal(signal.SIGINT)


def _find(index_name: str, table_name: str, schema: str | None) -> sa.Row[Any]:
    preparer = op.get_bind().dialect.identifier_preparer
    name = preparer.truncate_and_render_index_name(index_name, _alembic_quote=False)
    found = op.get_bind().execute(_FIND, {"name": name, "table": table_name, "schema": schema})
    if (row := found.one_or_none()) is None:
        raise CommandError(
            f"Index {index_name!r}: there is no table {table_name!r}. Correct its name or schema."
        )
    return row


def _drop_leftover(index_name: str, table_name: str, schema: str | None) -> sa.Row[Any]:
    # Polled, as the statement that a killed process left running waits for whoever waits for it.
    while (found := _find(index_name, table_name, schema)).is_leftover and found.is_being_built:
        time.sleep(0.2)
    if found.is_leftover:
        logger.info("Dropping index %s, which is invalid.", index_name)
        with _signals_afterwards():
            op.drop_index(index_name, table_name, schema=schema, postgresql_concurrently=True)
    return _find(index_name, table_name, schema)
