"""Fill columns of a table that is in use, one batch after the other."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from alembic_workflow.operations.batches import batches_of_blocks, batches_of_rows
from alembic_workflow.operations.lock_retry import LockRetry, waits_for_a_lock

logger = logging.getLogger("alembic.workflow")

SECONDS_BETWEEN_REPORTS = 2.0

Expression = str | sa.ColumnElement[Any] | sa.TextClause


def backfill(
    table: str,
    values: Mapping[str, Expression],
    *,
    where: str,
    schema: str | None = None,
    batch_size: int = 1000,
) -> int:
    """Set columns of the rows that match `where`; call it alone in a revision's `upgrade`.

    Takes the columns with an SQL expression for each, and the condition of the rows that are still
    to be done. It must become false for a row that has been filled: then a rerun after a failure
    goes on where the last one stopped. Text is taken as it is, with every `%` and `:`.

    Walks along the primary key. Each `batch_size` rows are a transaction of their own, so what the
    revision did before is committed, and locks are short. If less than a batch is left at the
    end, since the application wrote meanwhile, it walks again. Offline it prints one UPDATE.

    Returns the number of rows changed, 0 offline. Raises ValueError if there are no `values` or
    `batch_size` is less than 1, and CommandError if the table or its primary key is missing, if
    `values` change that key, or if rows still match at the end.
    """
    key = [] if op.get_context().as_sql else _primary_key(op.get_bind(), table, schema)
    if changed := sorted(set(key) & set(values)):
        raise CommandError(
            f"backfill: {changed} of {table!r} belong to the primary key, along which the rows are "
            "walked. Change them with op.execute."
        )
    target = sa.table(table, *map(sa.column, {*key, *values}), schema=schema)
    columns = [target.c[name] for name in key]
    return _fill(target, values, where, batch_size, partial(batches_of_rows, columns))


def backfill_by_block(
    table: str,
    values: Mapping[str, Expression],
    *,
    where: str,
    schema: str | None = None,
    batch_size: int = 1000,
) -> int:
    """Do what `backfill` does in a table that has no primary key.

    Walks along the blocks in which the rows are stored; a batch is about `batch_size` rows.
    """
    target = sa.table(table, *map(sa.column, values), schema=schema)
    return _fill(target, values, where, batch_size, partial(batches_of_blocks, target))


def _fill(
    target: sa.TableClause,
    values: Mapping[str, Expression],
    where: str,
    batch_size: int,
    batches: Callable[[sa.Connection, int], Iterable[sa.ColumnElement[bool]]],
) -> int:
    if not values:
        raise ValueError("backfill: values must name at least one column")
    if batch_size < 1:
        raise ValueError(f"backfill: batch_size must be at least 1, not {batch_size}")
    context, table = op.get_context(), str(target.name)
    to_do = _expression(f"({where})")
    changes = {name: _expression(value) for name, value in values.items()}
    update = sa.update(target).values(changes).where(to_do)
    if context.as_sql:
        op.execute(update)
        return 0
    with context.autocommit_block():
        connection = op.get_bind()
        progress = _Progress(table)
        counting = sa.select(sa.func.count()).select_from(target).where(to_do)
        left, before = batch_size, batch_size + 1
        # A few may be left: rows that the application changed while their batch was computed.
        while 0 < left < before:
            for batch in batches(connection, batch_size):
                progress.add(_rows_changed(connection, update.where(batch)))
            left, before = connection.scalars(counting).one(), left
        progress.finish()
    if left:
        raise CommandError(
            f"backfill: {left} rows of {table!r} still match {where!r}: their new values leave it "
            "true, or the application goes on writing such rows. Correct that, then upgrade again."
        )
    return progress.rows


def _rows_changed(connection: sa.Connection, update: sa.Update) -> int:
    """Wait here for the locks of others: the batches before this one are done."""
    retry = LockRetry()
    while True:
        try:
            return connection.execute(update).rowcount
        except sa.exc.DBAPIError as error:
            pause = retry.next_pause() if waits_for_a_lock(error) else None
            if pause is None:
                raise
            logger.info("A batch waits for a lock. Next attempt in %.1f s.", pause)
            time.sleep(pause)


def _expression(value: Expression) -> sa.ColumnElement[Any] | sa.TextClause:
    # Unlike text(), literal_column() leaves colons alone.
    return sa.literal_column(value) if isinstance(value, str) else value


def _primary_key(connection: sa.Connection, table: str, schema: str | None) -> list[str]:
    try:
        key = sa.inspect(connection).get_pk_constraint(table, schema)["constrained_columns"]
    except sa.exc.NoSuchTableError as error:
        raise CommandError(
            f"backfill: there is no table {table!r} in {schema or 'the search path'}. "
            "Correct its name or schema in the revision."
        ) from error
    if not key:
        raise CommandError(
            f"backfill: table {table!r} has no primary key, so its rows cannot be walked in "
            "batches. Add one first, or, if the table is small, use op.execute with an UPDATE."
        )
    return key


class _Progress:
    """Says now and then how far a backfill is."""

    def __init__(self, table: str) -> None:
        self.rows = 0
        self._table = table
        self._start = self._reported = time.monotonic()

    def add(self, rows: int) -> None:
        self.rows += rows
        if time.monotonic() - self._reported >= SECONDS_BETWEEN_REPORTS:
            self._reported = time.monotonic()
            self._report("so far")

    def finish(self) -> None:
        self._report("in all")

    def _report(self, how_far: str) -> None:
        seconds = time.monotonic() - self._start
        rate = self.rows / seconds if seconds else 0
        logger.info(
            "Backfill of %s: %d rows %s in %.1f s, %d rows/s.",
            *(self._table, self.rows, how_far, seconds, rate),
        )
