"""The scratch database of a trial: what was written anew there, and what is true."""

import secrets

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from alembic_workflow.sql.identifiers import quoted
from alembic_workflow.sql.text import as_driver_sql

_WITHOUT_PARTITION = """
SELECT format('%%I.%%I', n.nspname, c.relname), p.partstrat
FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid)"""
UNDEFINED_COLUMN = "42703"
# Of a partition, the table that it belongs to. An index that is built anew keeps its name alone.
_FILES = """
SELECT coalesce(i.indexrelid::regclass::text, c.oid::text), n.nspname, t.relname, c.relfilenode
FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
JOIN pg_class t
  ON t.oid = coalesce(pg_partition_root(coalesce(i.indrelid, c.oid)), i.indrelid, c.oid)
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE c.relkind IN ('r', 'i') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"""


def files(connection: Connection) -> dict[str, tuple[tuple[str, str], int]]:
    """Return schema and name of the table of each file of a table or an index, by what stays if it
    is written anew.
    """
    rows = connection.exec_driver_sql(_FILES)
    return {own: ((schema, name), file) for own, schema, name, file in rows}


def make_partitions(connection: Connection) -> None:
    """Give each partitioned table a partition, so that what is written anew can be seen."""
    for table, strategy in connection.exec_driver_sql(_WITHOUT_PARTITION).all():
        bounds = "FOR VALUES WITH (MODULUS 1, REMAINDER 0)" if strategy == "h" else "DEFAULT"
        own = quoted(f"trial_{secrets.token_hex(4)}")
        statement = f"CREATE TABLE {own} PARTITION OF {table} {bounds}"
        connection.exec_driver_sql(as_driver_sql(statement))
    connection.commit()


def is_true(connection: Connection, expression: str) -> bool:
    """Return whether the expression of SQL is true, or is about other columns."""
    try:
        with connection.begin_nested():
            found = connection.exec_driver_sql(as_driver_sql(f"SELECT {expression}"))
            return found.scalar() is not False
    except DBAPIError as error:
        return getattr(error.orig, "pgcode", None) == UNDEFINED_COLUMN
