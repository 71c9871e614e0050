"""Sequences, those of identity columns apart."""

from alembic_workflow.catalog.kind import SCHEMAS, SEQUENCE_OPTIONS, TABLES, Kind, is_own

SEQUENCE = Kind(
    name="sequence",
    query=f"""
SELECT n.nspname, '', c.relname, concat_ws(' ', 'SEQUENCE AS', format_type(s.seqtypid, NULL),
  {SEQUENCE_OPTIONS}, 'OWNED BY ' || o.refobjid::regclass || '.' || quote_ident(a.attname))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {SCHEMAS}
    AND {is_own("pg_class", "c.oid")}
  JOIN pg_sequence s ON s.seqrelid = c.oid
  LEFT JOIN pg_depend o ON o.objid = c.oid AND o.classid = 'pg_class'::regclass
    AND o.deptype IN ('a', 'i') AND o.refclassid = 'pg_class'::regclass
  LEFT JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
  WHERE o.deptype IS DISTINCT FROM 'i'""",
    create="CREATE SEQUENCE {qualified} {options}",
    drop="DROP SEQUENCE {qualified}",
    before_tables=True,
    rename="ALTER SEQUENCE {qualified} RENAME TO {new}",
    order=40,
)
IDENTITY_SEQUENCE = Kind(
    name="identity sequence",
    query=f"""
SELECT n.nspname, '', s.relname,
  'IDENTITY OF ' || c.oid::regclass || '.' || quote_ident(a.attname) {TABLES}
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
  JOIN pg_depend i ON i.deptype = 'i' AND i.refobjid = c.oid AND i.refobjsubid = a.attnum
    AND i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass
  JOIN pg_class s ON s.oid = i.objid""",
    rename="ALTER SEQUENCE {qualified} RENAME TO {new}",
)
