"""State of a transaction: the relations of the database, and which locks it holds on them."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from alembic_workflow.catalog.kind import SCHEMAS

# https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
STRENGTHS = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
LOCKS_ROWS = STRENGTHS.index("RowShareLock")
BLOCKS_WRITES = STRENGTHS.index("ShareLock")
BLOCKS_READS = STRENGTHS.index("AccessExclusiveLock")
_WRITES = "RowExclusiveLock"

# The counters are of the transaction; scans of a table are those that read it from end to end.
_QUERY = f"""
SELECT c.oid, n.nspname, c.relname, c.relkind::text,
  coalesce(i.indrelid, c.oid),
  c.relfilenode, coalesce(i.indisunique, false),
  l.modes,
  coalesce(pg_stat_get_xact_numscans(c.oid), 0),
  CASE c.relkind WHEN 'i' THEN coalesce(pg_stat_get_xact_tuples_returned(c.oid), 0)
    ELSE coalesce(pg_stat_get_xact_tuples_inserted(c.oid), 0)
    + coalesce(pg_stat_get_xact_tuples_updated(c.oid), 0)
    + coalesce(pg_stat_get_xact_tuples_deleted(c.oid), 0) END,
  (SELECT h.inhparent FROM pg_inherits h WHERE h.inhrelid = c.oid LIMIT 1),
  CASE WHEN c.relispartition THEN pg_get_partition_constraintdef(c.oid) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {SCHEMAS}
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN (SELECT relation, array_agg(mode) AS modes FROM pg_locks WHERE pid = pg_backend_pid()
  AND granted AND database <> 0 GROUP BY relation) l ON l.relation = c.oid
WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I', 'v', 'S', 'f') AND c.relname <> %s"""
_SETTINGS = """
SELECT setting::int, pg_current_xact_id_if_assigned()::text, (SELECT
    sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
      + pg_stat_get_xact_tuples_deleted(oid))::bigint
  FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r')
FROM pg_settings WHERE name = 'lock_timeout'"""


class Relation(NamedTuple):
    """A table, view, index or sequence."""

    oid: int
    schema: str
    name: str
    kind: str
    """A letter: https://www.postgresql.org/docs/current/catalog-pg-class.html"""
    table: int
    """The table that it belongs to, or itself."""
    file: int
    """Another one once it is written anew."""
    is_unique: bool
    lock: int
    """Place of the strongest lock in STRENGTHS, or -1."""
    is_written: bool
    """Whether the transaction has the lock with which rows are changed."""
    scans: int
    changes: int
    """Rows inserted, changed and deleted; of an index, those that were found by it."""
    parent: int | None
    """The partitioned table that it is part of."""
    bounds: str | None
    """The condition of the rows that it can have as a partition."""

    @property
    def is_exclusive(self) -> bool:
        """Whether nobody else can even read it."""
        return self.lock >= BLOCKS_READS

    def __str__(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


class State(NamedTuple):
    """The relations by their numbers, and what is set."""

    relations: Mapping[int, Relation]
    lock_timeout: int
    """Milliseconds, or 0 for ever."""
    transaction: str | None
    """Its number, once it has changed something."""
    catalog_changes: int
    """The rows of PostgreSQL's own tables that it has changed."""

    def held(self, tables: Collection[int]) -> dict[int, Relation]:
        """Return those of the tables that nobody else can write to now."""
        return {
            oid: self.relations[oid]
            for oid in tables
            if oid in self.relations
            and self.relations[oid].kind in "rpmf"
            and self.relations[oid].lock >= BLOCKS_WRITES
        }


def read_state(connection: Any, version_table: str) -> State:
    """Return the state of a connection's transaction, without Alembic's own table."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, (version_table,))
        relations = {row[0]: _relation(row) for row in cursor.fetchall()}
        cursor.execute(_SETTINGS)
        return State(relations, *cursor.fetchone())


def _relation(row: Any) -> Relation:
    *first, modes, scans, changes, parent, bounds = row
    lock = max((STRENGTHS.index(mode) for mode in modes or () if mode in STRENGTHS), default=-1)
    return Relation._make([*first, lock, _WRITES in (modes or ()), scans, changes, parent, bounds])
