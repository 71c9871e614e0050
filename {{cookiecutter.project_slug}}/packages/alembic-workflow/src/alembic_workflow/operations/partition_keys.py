"""Keys and foreign keys of the partitions of a table, made before that of the table itself."""

import sqlalchemy as sa
from alembic import op

from alembic_workflow.operations.concurrent_indexes import create_index_concurrently
from alembic_workflow.operations.partitions import Partition, partition_tree
from alembic_workflow.sql.identifiers import name, qualified
from alembic_workflow.sql.text import as_driver_sql

_HAS_CONSTRAINT = sa.text("""
    SELECT count(*) FROM pg_constraint AS own JOIN pg_class AS owner ON owner.oid = own.conrelid
    WHERE own.conname = CAST(:constraint AS name) AND owner.relname = CAST(:table AS name)
      AND owner.relnamespace::regnamespace::text = quote_ident(:schema)
""")


def add_partition_keys(
    constraint_name: str,
    table_name: str,
    columns: list[str],
    *,
    schema: str | None = None,
    primary: bool = False,
    suffix: str = "",
) -> None:
    """Give each partition of a table a key, while others write; call it in a revision's `upgrade`.

    ALTER TABLE ... ADD CONSTRAINT of the table itself then takes these, and builds no index. Takes
    the name and the columns of that constraint, whether it is the primary key, and what the
    constraint ends with, such as DEFERRABLE. What the revision did before is committed; a key that
    is there is left as it is. A table without partitions is left alone.
    """
    kind = "PRIMARY KEY" if primary else "UNIQUE"
    for part in partition_tree(table_name, schema):
        own = part.part_of(constraint_name)
        if part.is_leaf and not _has(part, own):
            create_index_concurrently(own, part.name, columns, schema=part.schema, unique=True)
            _alter(part, f"ADD CONSTRAINT {name(own)} {kind} USING INDEX {name(own)} {suffix}")


def add_partition_foreign_keys(
    constraint_name: str, table_name: str, definition: str, *, schema: str | None = None
) -> None:
    """Give each partition of a table a foreign key, while others write; call it in `upgrade`.

    ALTER TABLE ... ADD CONSTRAINT of the table itself then takes these, and reads no row: before
    PostgreSQL 18, a partitioned table cannot have it NOT VALID. Takes the name of that constraint,
    and its words from FOREIGN KEY on. What the revision did before is committed; a key that is
    there is only validated. A table without partitions is left alone.
    """
    for part in partition_tree(table_name, schema):
        if part.is_leaf:
            own = part.part_of(constraint_name)
            if not _has(part, own):
                _alter(part, f"ADD CONSTRAINT {name(own)} {definition} NOT VALID")
            _alter(part, f"VALIDATE CONSTRAINT {name(own)}")


def _alter(part: Partition, clause: str) -> None:
    table = qualified(part.schema, part.name)
    with op.get_context().autocommit_block():
        op.get_bind().exec_driver_sql(as_driver_sql(f"ALTER TABLE {table} {clause}"))


def _has(part: Partition, constraint: str) -> bool:
    found = op.get_bind().scalar(
        _HAS_CONSTRAINT, {"constraint": constraint, "table": part.name, "schema": part.schema}
    )
    return bool(found)
