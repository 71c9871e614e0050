"""The tables that have no rows, and what a row of theirs has to satisfy."""

import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from alembic_workflow.catalog.items import Catalog, Item

TableName = tuple[str, str]
"""Schema and name."""

# What a row has to satisfy: constraints, those of domains too, unique indexes, and partitions.
RULES = """
WITH rules (oid, name, kind, definition, columns, other, others) AS (
  SELECT conrelid, conname, contype::text, pg_get_constraintdef(oid), conkey, confrelid, confkey
    FROM pg_constraint WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND conrelid <> 0
  UNION ALL SELECT a.attrelid, k.conname, 'c', pg_get_constraintdef(k.oid), ARRAY[a.attnum], 0, NULL
    FROM pg_constraint k JOIN pg_attribute a ON a.atttypid = k.contypid WHERE k.contype = 'c'
  UNION ALL SELECT i.indrelid, x.relname, 'u', '', i.indkey::int2[], 0, NULL
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indisunique
  UNION ALL SELECT p.partrelid, '', 'c', pg_get_expr(c.relpartbound, c.oid), p.partattrs::int2[],
      0, NULL FROM pg_partitioned_table p JOIN pg_inherits h ON h.inhparent = p.partrelid
    JOIN pg_class c ON c.oid = h.inhrelid)
SELECT n.nspname, c.relname, r.name, r.kind, r.definition, ARRAY(
    SELECT a.attname::text FROM unnest(r.columns) WITH ORDINALITY u (number, place)
    JOIN pg_attribute a ON (a.attrelid, a.attnum) = (r.oid, u.number) ORDER BY u.place),
  m.nspname, o.relname, ARRAY(
    SELECT a.attname::text FROM unnest(r.others) WITH ORDINALITY u (number, place)
    JOIN pg_attribute a ON (a.attrelid, a.attnum) = (r.other, u.number) ORDER BY u.place)
  FROM rules r JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_class o ON o.oid = r.other LEFT JOIN pg_namespace m ON m.oid = o.relnamespace
  WHERE (n.nspname, c.relname) IN %s"""


@dataclass
class ForeignKey:
    """Columns that must name a row of another table, or of the same."""

    columns: list[str]
    target: TableName
    target_columns: list[str]


@dataclass
class Table:
    """An empty table."""

    name: TableName
    columns: dict[str, Any]
    rules: dict[str, list[str]] = field(default_factory=dict)
    """The columns of each rule; those of a partition have the name ''."""
    definitions: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    """The rules of a column."""
    foreign_keys: list[ForeignKey] = field(default_factory=list)

    def parents(self, *, required: bool) -> set[TableName]:
        """Return the other tables that its rows refer to, or only those they must refer to."""
        return {
            key.target
            for key in self.foreign_keys
            if not (required and any(self.columns[name]["nullable"] for name in key.columns))
        } - {self.name}


def empty_tables(connection: sa.Connection, catalog: Catalog) -> dict[TableName, Table]:
    """Return the tables of the catalog that could have rows, and have none."""
    names = _names(connection, catalog)
    tables: dict[TableName, Table] = {}
    inspector = sa.inspect(connection)
    with warnings.catch_warnings(action="ignore"):  # types that SQLAlchemy does not know
        for schema in {schema for schema, _ in names}:
            wanted = [name for each, name in names if each == schema]
            described = inspector.get_multi_columns(schema=schema, filter_names=wanted)
            for (_, name), columns in described.items():
                by_name = {column["name"]: column for column in columns}
                tables[schema, name] = Table((schema, name), by_name)
    if tables:
        _add_rules(connection, tables)
    return {
        (schema, name): table
        for (schema, name), table in tables.items()
        if "" in table.rules or "PARTITION BY" not in catalog[Item("table", schema, "", name)]
    }


def _names(connection: sa.Connection, catalog: Catalog) -> list[TableName]:
    names = [
        (item.schema, item.name)
        for item, definition in catalog.items()
        if item.kind == "table" and not definition.startswith("FOREIGN")
    ]
    queries = [
        sa.select(sa.literal(number)).where(
            ~sa.select(sa.literal(1)).select_from(sa.table(name, schema=schema)).exists()
        )
        for number, (schema, name) in enumerate(names)
    ]
    return [names[n] for n in connection.scalars(sa.union_all(*queries))] if queries else []


def _add_rules(connection: sa.Connection, tables: dict[TableName, Table]) -> None:
    rows = connection.exec_driver_sql(RULES, (tuple(tables),))
    for schema, name, rule, kind, definition, columns, *target in rows:
        table = tables[schema, name]
        table.rules[rule] = [*table.rules.get(rule, []), *columns]
        if kind == "f":
            table.foreign_keys.append(ForeignKey(columns, (target[0], target[1]), target[2]))
        elif kind == "c":
            for column in columns:
                table.definitions[column] += definition
