"""Invalid indexes, which an interrupted CREATE INDEX CONCURRENTLY leaves."""

import logging
import time
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from alembic_workflow.operations.alone import signals_afterwards

logger = logging.getLogger("alembic.workflow")

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


def find_index(index_name: str, table_name: str, schema: str | None) -> sa.Row[Any]:
    """Return what has the index's name; raises CommandError if there is no such table."""
    preparer = op.get_bind().dialect.identifier_preparer
    name = preparer.truncate_and_render_index_name(index_name, _alembic_quote=False)
    found = op.get_bind().execute(_FIND, {"name": name, "table": table_name, "schema": schema})
    if (row := found.one_or_none()) is None:
        raise CommandError(
            f"Index {index_name!r}: there is no table {table_name!r}. Correct its name or schema."
        )
    return row


def drop_leftover(index_name: str, table_name: str, schema: str | None) -> sa.Row[Any]:
    """Drop an invalid index of that name, and return what has the name then."""
    # Polled, as the statement that a killed process left running waits for whoever waits for it.
    while (
        found := find_index(index_name, table_name, schema)
    ).is_leftover and found.is_being_built:
        time.sleep(0.2)
    if found.is_leftover:
        logger.info("Dropping index %s, which is invalid.", index_name)
        with signals_afterwards():
            op.drop_index(index_name, table_name, schema=schema, postgresql_concurrently=True)
    return find_index(index_name, table_name, schema)
