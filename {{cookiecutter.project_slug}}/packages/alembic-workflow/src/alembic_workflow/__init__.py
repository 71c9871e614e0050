"""Migration tooling for Alembic on PostgreSQL.

What is named here may be imported by revisions, and stays.
"""

from alembic_workflow.operations.backfill import backfill, backfill_by_block
from alembic_workflow.operations.concurrent_indexes import (
    create_index_concurrently,
    drop_index_concurrently,
)
from alembic_workflow.operations.partition_keys import (
    add_partition_foreign_keys,
    add_partition_keys,
)
from alembic_workflow.sql.types import PostgreSQLType

__all__ = [
    "PostgreSQLType",
    "add_partition_foreign_keys",
    "add_partition_keys",
    "backfill",
    "backfill_by_block",
    "create_index_concurrently",
    "drop_index_concurrently",
]
