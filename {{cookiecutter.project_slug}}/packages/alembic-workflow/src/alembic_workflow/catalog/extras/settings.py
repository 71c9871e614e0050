"""Settings of what is there: each query returns schema, table, words and statement."""

from alembic_workflow.catalog.extras.parts import COLUMN, NAMED, RELATION, TABLE

# A sequence of an identity column is made as its table is.
SEQUENCES = f"""
SELECT n.nspname, '', 'UNLOGGED of sequence ' || {NAMED},
  format('ALTER SEQUENCE %%s SET UNLOGGED', {TABLE}) {RELATION}
  WHERE c.relkind = 'S' AND c.relpersistence = 'u' AND NOT EXISTS (SELECT FROM pg_depend i
    WHERE i.classid = 'pg_class'::regclass AND i.objid = c.oid AND i.deptype = 'i')"""
OPTIONS = f"""
SELECT n.nspname, c.relname, 'toast options of ' || {NAMED}, format('ALTER TABLE %%s SET (%%s)',
    {TABLE}, (SELECT string_agg('toast.' || o, ', ') FROM unnest(t.reloptions) o)) {RELATION}
  JOIN pg_class t ON t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL"""
COLUMNS = f"""
SELECT n.nspname, c.relname, 'storage settings of ' || {NAMED} || '.' || a.attname,
  format('ALTER %%s %%s ALTER COLUMN %%I %%s',
    CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
    {TABLE}, a.attname, s.setting) {COLUMN}
  JOIN pg_type t ON t.oid = a.atttypid
  CROSS JOIN LATERAL (VALUES
    (CASE WHEN a.attstattarget >= 0 THEN 'SET STATISTICS ' || a.attstattarget END),
    (CASE WHEN a.attstorage <> t.typstorage AND c.relkind <> 'f' THEN 'SET STORAGE ' || CASE
      a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
      ELSE 'EXTENDED' END END),
    (CASE a.attcompression WHEN 'p' THEN 'SET COMPRESSION pglz' WHEN 'l' THEN
      'SET COMPRESSION lz4' END),
    ('SET (' || array_to_string(a.attoptions, ', ') || ')')) s (setting)
  WHERE s.setting IS NOT NULL ORDER BY 1, 2, a.attnum"""
VIEW_DEFAULTS = f"""
SELECT n.nspname, '', 'default of ' || {NAMED} || '.' || a.attname, format(
    'ALTER VIEW %%s ALTER COLUMN %%I SET DEFAULT %%s', {TABLE}, a.attname,
    pg_get_expr(d.adbin, d.adrelid)) {RELATION} AND c.relkind = 'v'
  JOIN pg_attrdef d ON d.adrelid = c.oid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum"""
# CREATE TABLE cannot name it.
IDENTITY_SEQUENCES = f"""
SELECT n.nspname, c.relname, 'name of the identity sequence of ' || {NAMED} || '.' || a.attname,
  format('ALTER SEQUENCE %%I.%%I RENAME TO %%I', n.nspname, c.relname || '_' || a.attname || '_seq',
    s.relname) {COLUMN} AND a.attidentity <> ''
  JOIN pg_depend i ON i.deptype = 'i' AND i.refobjid = c.oid AND i.refobjsubid = a.attnum
    AND i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass
  JOIN pg_class s ON s.oid = i.objid AND s.relname <> c.relname || '_' || a.attname || '_seq'
  WHERE octet_length(c.relname || '_' || a.attname || '_seq') < 64"""
INDEXES = f"""
SELECT n.nspname, c.relname, s.words || ' of ' || {NAMED}, s.statement {RELATION}
  JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid
  CROSS JOIN LATERAL (
    SELECT 'clustered index', format('ALTER TABLE %%s CLUSTER ON %%I', {TABLE}, x.relname)
      WHERE i.indisclustered
    UNION ALL SELECT 'replica identity', format('ALTER TABLE %%s REPLICA IDENTITY USING INDEX %%I',
      {TABLE}, x.relname) WHERE c.relreplident = 'i' AND i.indisreplident
    UNION ALL SELECT 'options of the index of a constraint', format('ALTER INDEX %%I.%%I SET (%%s)',
      n.nspname, x.relname, array_to_string(x.reloptions, ', ')) WHERE x.reloptions IS NOT NULL
      AND EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.contype <> 'f')
    UNION ALL SELECT 'statistics of an index', format(
      'ALTER INDEX %%I.%%I ALTER COLUMN %%s SET STATISTICS %%s', n.nspname, x.relname, a.attnum,
      a.attstattarget) FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0
  ) s (words, statement)"""
STATISTICS = f"""
SELECT n.nspname, c.relname, 'target of statistics ' || x.stxname, format(
    'ALTER STATISTICS %%I.%%I SET STATISTICS %%s', m.nspname, x.stxname, x.stxstattarget)
  {RELATION}
  JOIN pg_statistic_ext x ON x.stxrelid = c.oid AND x.stxstattarget >= 0
  JOIN pg_namespace m ON m.oid = x.stxnamespace"""
# Whether a rule is switched off.
STATES = f"""
SELECT n.nspname, c.relname, 'state of rule ' || r.rulename, format('ALTER TABLE %%s %%s RULE %%I',
    {TABLE}, CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS'
    ELSE 'ENABLE REPLICA' END, r.rulename) {RELATION}
  JOIN pg_rewrite r ON r.ev_class = c.oid AND r.ev_enabled <> 'O'"""
