"""Batches of a table's rows: conditions that are true for one after the other."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

ROWS_IN_A_BLOCK = 50
# Of the partition that has most of them; a table that is none has no tree.
_LAST_BLOCK = sa.text("""
    SELECT max(pg_relation_size(oid)) / current_setting('block_size')::int FROM (
      SELECT CAST(:table AS regclass) AS oid
      UNION SELECT relid FROM pg_partition_tree(CAST(:table AS regclass))) AS parts
""")


def batches_of_rows(
    key: Sequence[sa.ColumnElement[Any]], connection: sa.Connection, size: int
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield conditions, each true for the next `size` rows in the order of the key."""
    position: sa.ColumnElement[Any] = sa.tuple_(*key)
    texts = [sa.cast(column, sa.Text) for column in key]
    boundary = sa.select(*texts).order_by(*key).offset(size - 1).limit(1)
    after: sa.ColumnElement[bool] = sa.true()
    while row := connection.execute(boundary.where(after)).one_or_none():
        # Untyped literals, which PostgreSQL reads as the columns' types, whatever these are.
        last = sa.tuple_(*(sa.literal(text, sa.types.NullType()) for text in row))
        yield sa.and_(after, position <= last)
        after = position > last
    yield after


def batches_of_blocks(
    table: sa.TableClause, connection: sa.Connection, rows: int
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield conditions, each true for the rows in the next blocks, of about that many rows."""
    size = max(rows // ROWS_IN_A_BLOCK, 1)
    quoted = connection.dialect.identifier_preparer.format_table(table).replace("%%", "%")
    last: int = connection.scalar(_LAST_BLOCK, {"table": quoted})
    place: sa.ColumnElement[Any] = sa.literal_column("ctid")
    for start in range(0, last + 1, size):
        after = place >= sa.literal_column(f"'({start},0)'")
        is_last = start + size > last
        yield (
            after if is_last else sa.and_(after, place < sa.literal_column(f"'({start + size},0)'"))
        )
