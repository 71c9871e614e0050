"""Indexes of partitioned tables: built partition by partition, while others write."""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

from alembic_workflow.operations.lock_retry import LockRetry, waits_for_a_lock
from alembic_workflow.sql.identifiers import beside, qualified, quoted
from alembic_workflow.sql.text import as_driver_sql

_OF_SCHEMA = """coalesce({0}.relnamespace::regnamespace::text = quote_ident(:schema),
      pg_table_is_visible({0}.oid))"""
_TREE = sa.text(f"""
    SELECT part.relnamespace::regnamespace::text, part.relname, tree.isleaf,
      upper.relnamespace::regnamespace::text, upper.relname
    FROM pg_class AS owner
    CROSS JOIN pg_partition_tree(owner.oid) AS tree
    JOIN pg_class AS part ON part.oid = tree.relid
    LEFT JOIN pg_class AS upper ON upper.oid = tree.parentrelid
    WHERE owner.relname = CAST(:name AS name) AND owner.relkind = 'p'
      AND {_OF_SCHEMA.format("owner")}
    ORDER BY tree.level, part.relname
""")
_PARTITIONED_INDEX = sa.text(f"""
    SELECT count(*) FROM pg_class AS index WHERE relkind = 'I'
      AND relname = CAST(:name AS name) AND {_OF_SCHEMA.format("index")}
""")


class Partition(NamedTuple):
    """A partitioned table, or a partition of it, by its plain names."""

    schema: str
    name: str
    is_leaf: bool = True
    parent: tuple[str, str] | None = None
    """Schema and name of the table that it is a part of."""

    @property
    def table(self) -> tuple[str, str]:
        """Schema and name."""
        return self.schema, self.name

    def part_of(self, index: str) -> str:
        """Return the name that an index of the whole table has here."""
        own = f"{self.name}_{index}"
        digest = hashlib.sha256(own.encode()).hexdigest()[:8]
        return own if len(own.encode()) < 64 else beside(own, f"_{digest}")


def partition_tree(table: str, schema: str | None) -> list[Partition]:
    """Return the table and its partitions, from above; nothing if it is not partitioned."""
    if op.get_context().as_sql:
        return []
    found = op.get_bind().execute(_TREE, {"name": table, "schema": schema})
    return [
        Partition(_plain(schema), name, is_leaf, (_plain(above), parent) if parent else None)
        for schema, name, is_leaf, above, parent in found
    ]


def is_partitioned(index: str, schema: str | None) -> bool:
    """Return whether there is such an index of a partitioned table."""
    if op.get_context().as_sql:
        return False
    found = op.get_bind().scalar(_PARTITIONED_INDEX, {"name": index, "schema": schema})
    return bool(found)


def create_partitioned(
    tree: Sequence[Partition],
    index: str,
    definition: str,
    build: Callable[[str, str, str], None],
) -> None:
    """Build the index of a partitioned table; statements run by themselves, without timeouts.

    Takes the table and its partitions, what PostgreSQL prints of such an index on a plain table,
    and what builds an index of a name on the partition of a name and schema. A partition that is
    added meanwhile gets the index by itself.
    """
    names = {part.table: part.part_of(index) for part in tree[1:]} | {tree[0].table: index}
    create, _, words = definition.partition(" USING ")
    unique = "UNIQUE " if create.startswith("CREATE UNIQUE ") else ""
    for part in tree:
        if not part.is_leaf:
            own, table = quoted(names[part.table]), qualified(*part.table)
            with_lock(f"CREATE {unique}INDEX IF NOT EXISTS {own} ON ONLY {table} USING {words}")
    for part in tree:
        if part.is_leaf:
            build(names[part.table], part.name, part.schema)
    for part in reversed(tree[1:]):
        assert part.parent is not None
        above = qualified(part.parent[0], names[part.parent])
        own = qualified(part.schema, names[part.table])
        with_lock(f"ALTER INDEX {above} ATTACH PARTITION {own}")


def drop_partitioned(index: str, schema: str | None) -> None:
    """Drop the index of a partitioned table, with those of its partitions."""
    with_lock(f"DROP INDEX {qualified(schema, index) if schema else quoted(index)}")


def with_lock(statement: str) -> None:
    """Execute a statement that others queue behind by itself, with short waits for its lock."""
    retry, bind = LockRetry(), op.get_bind()
    while True:
        try:
            bind.exec_driver_sql(
                "SELECT set_config('lock_timeout', coalesce(nullif("
                "current_setting('before.lock_timeout', true), ''), current_setting('lock_timeout')"
                "), false)"
            )
            bind.exec_driver_sql(as_driver_sql(statement))
            return
        except sa.exc.DBAPIError as error:
            pause = retry.next_pause() if waits_for_a_lock(error) else None
            if pause is None:
                raise
            time.sleep(pause)
        finally:
            bind.exec_driver_sql("SET lock_timeout = 0")


def _plain(schema: str) -> str:
    return schema[1:-1].replace('""', '"') if schema.startswith('"') else schema
