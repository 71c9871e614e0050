"""Partitions: parts of their table that no catalog compares, since services make them."""

from typing import NamedTuple

from sqlalchemy import Connection

from alembic_workflow.catalog.items import Item
from alembic_workflow.catalog.kind import SCHEMAS
from alembic_workflow.sql.identifiers import name

_QUERY = f"""
SELECT n.nspname, c.relname, m.nspname, p.relname, concat_ws(' ',
    pg_get_expr(c.relpartbound, c.oid), 'PARTITION BY ' || pg_get_partkeydef(c.oid),
    'WITH (' || array_to_string(c.reloptions, ', ') || ')'),
  CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {SCHEMAS}
  JOIN pg_inherits h ON h.inhrelid = c.oid JOIN pg_class p ON p.oid = h.inhparent
  JOIN pg_namespace m ON m.oid = p.relnamespace
  WHERE c.relispartition AND c.relkind IN ('r', 'p') ORDER BY c.oid"""


class Partition(NamedTuple):
    """A partition of a table, or of another partition."""

    item: Item
    parent: Item
    statement: str
    """Which makes it."""


def partitions(connection: Connection) -> list[Partition]:
    """Return the partitions that the database has."""
    return [
        Partition(
            Item("table", schema, "", own),
            Item("table", of_schema, "", of_table),
            f"CREATE {prefix}TABLE {name(schema, own)} PARTITION OF {name(of_schema, of_table)} "
            f"{rest}",
        )
        for schema, own, of_schema, of_table, rest, prefix in connection.exec_driver_sql(_QUERY)
    ]
