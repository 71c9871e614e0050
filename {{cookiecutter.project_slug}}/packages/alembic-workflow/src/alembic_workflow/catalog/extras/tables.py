"""Extras of schemas and tables: each query returns schema, table, words and statement."""

from alembic_workflow.catalog.extras.parts import NAMED, RELATION, TABLE
from alembic_workflow.catalog.kind import SCHEMAS, is_own

EMPTY_SCHEMAS = f"""
SELECT n.nspname, '', 'schema ' || n.nspname, format('CREATE SCHEMA IF NOT EXISTS %%I', n.nspname)
  FROM pg_namespace n
  WHERE {SCHEMAS} AND n.nspname <> 'public' AND {is_own("pg_namespace", "n.oid")}
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass
      AND d.refobjid = n.oid)"""
FOREIGN_TABLES = f"""
SELECT n.nspname, c.relname, 'foreign table ' || {NAMED}, format(
    'CREATE FOREIGN TABLE %%s (%%s) SERVER %%I%%s', {TABLE},
    (SELECT string_agg(concat_ws(' ', quote_ident(a.attname),
      format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
      'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)), ', '
      ORDER BY a.attnum) FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid
      AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0
      AND NOT a.attisdropped), s.srvname,
    (SELECT ' OPTIONS (' || string_agg(format('%%I %%L', option_name, option_value), ', ') || ')'
      FROM pg_options_to_table(f.ftoptions))),
  format('DROP FOREIGN TABLE %%s', {TABLE}) {RELATION}
  JOIN pg_foreign_table f ON f.ftrelid = c.oid JOIN pg_foreign_server s ON s.oid = f.ftserver"""
TYPED_TABLES = f"""
SELECT n.nspname, c.relname, 'type of table ' || {NAMED},
  format('ALTER TABLE %%s OF %%s', {TABLE}, format_type(c.reloftype, NULL)) {RELATION}
    AND c.reloftype <> 0"""
# What a partition has and its table has not.
PARTITIONS = f"""
SELECT n.nspname, c.relname, s.words || ' of partition ' || {NAMED}, s.statement {RELATION}
  CROSS JOIN LATERAL (
    SELECT 'constraint ' || k.conname, format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', {TABLE},
      k.conname, pg_get_constraintdef(k.oid)) FROM pg_constraint k WHERE k.conrelid = c.oid
      AND k.conparentid = 0 AND k.coninhcount = 0 AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL SELECT 'index ' || x.relname, pg_get_indexdef(x.oid) FROM pg_index i
      JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND NOT x.relispartition
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid)
    UNION ALL SELECT 'row level security', format('ALTER TABLE %%s ENABLE ROW LEVEL SECURITY',
      {TABLE}) WHERE c.relrowsecurity
    UNION ALL SELECT 'policy ' || y.polname, '' FROM pg_policy y WHERE y.polrelid = c.oid
    UNION ALL SELECT 'trigger ' || g.tgname, pg_get_triggerdef(g.oid) FROM pg_trigger g
      WHERE g.tgrelid = c.oid AND g.tgparentid = 0 AND NOT g.tgisinternal
    UNION ALL SELECT 'default ' || a.attname, format(
      'ALTER TABLE %%s ALTER COLUMN %%I SET DEFAULT %%s', {TABLE}, a.attname,
      pg_get_expr(d.adbin, d.adrelid)) FROM pg_attrdef d
      JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE d.adrelid = c.oid AND a.attgenerated = ''
        AND pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM (
          SELECT pg_get_expr(e.adbin, e.adrelid) FROM pg_inherits h JOIN pg_attribute b
          ON b.attrelid = h.inhparent AND b.attname = a.attname JOIN pg_attrdef e
          ON e.adrelid = b.attrelid AND e.adnum = b.attnum WHERE h.inhrelid = c.oid)
  ) s (words, statement) WHERE c.relispartition AND c.relkind IN ('r', 'p')"""
# From 18 on it has a name; a rule of a column is in the catalog.
NOT_NULL = f"""
SELECT n.nspname, c.relname, s.words, s.statement {RELATION} AND c.relkind IN ('r', 'p')
  JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'n' AND k.coninhcount = 0
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
  CROSS JOIN LATERAL (
    SELECT 'NOT NULL NOT VALID of ' || {NAMED} || '.' || a.attname, format(
      'ALTER TABLE %%s ADD CONSTRAINT %%I NOT NULL %%I NOT VALID', {TABLE}, k.conname, a.attname)
      WHERE NOT k.convalidated
    UNION ALL SELECT 'names of NOT NULL constraints of ' || {NAMED}, format(
      'ALTER TABLE %%s RENAME CONSTRAINT %%I TO %%I', {TABLE}, c.relname || '_' || a.attname
      || '_not_null', k.conname) WHERE k.convalidated
      AND octet_length(c.relname || '_' || a.attname || '_not_null') < 64
      AND k.conname <> c.relname || '_' || a.attname || '_not_null'
    UNION ALL SELECT 'NO INHERIT of ' || {NAMED} || '.' || a.attname, format(
      'ALTER TABLE %%s ALTER CONSTRAINT %%I NO INHERIT', {TABLE}, k.conname) WHERE k.connoinherit
  ) s (words, statement)"""
