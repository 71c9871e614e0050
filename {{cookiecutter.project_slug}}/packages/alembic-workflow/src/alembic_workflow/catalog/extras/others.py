"""Comments, and what nothing here makes, for which the statement is empty."""

from alembic_workflow.catalog.extras.parts import FIRST_OID
from alembic_workflow.catalog.kind import SCHEMAS, is_own

_TYPE_WORDS = """CASE i.type WHEN 'table column' THEN 'column' WHEN 'view column' THEN 'column'
    WHEN 'materialized view column' THEN 'column' WHEN 'foreign table column' THEN 'column'
    WHEN 'composite type column' THEN 'column' WHEN 'statistics object' THEN 'statistics'
    WHEN 'foreign-data wrapper' THEN 'foreign data wrapper' WHEN 'table constraint' THEN
    'constraint' WHEN 'domain constraint' THEN 'constraint' ELSE i.type END"""
COMMENTS = f"""
SELECT coalesce(n.nspname, ''), coalesce(c.relname, ''),
  'comment on ' || i.type || ' ' || replace(i.identity, 'public.', ''),
  format('COMMENT ON %%s %%s IS %%L', upper({_TYPE_WORDS}), CASE i.type WHEN 'domain constraint'
    THEN replace(i.identity, ' on ', ' ON DOMAIN ') ELSE i.identity END, d.description)
  FROM pg_description d
  CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
  LEFT JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
  LEFT JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE d.objoid >= {FIRST_OID} AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e'
      AND e.classid = d.classoid AND e.objid = d.objoid)
    AND d.classoid NOT IN ('pg_extension'::regclass, 'pg_largeobject'::regclass)
    AND NOT coalesce(c.relkind IN ('r', 'p') AND NOT c.relispartition, false)
    AND NOT coalesce(c.relkind = 'f' AND d.objsubid > 0, false)
    AND NOT coalesce(k.conrelid <> 0 AND k.contype <> 'n', false)
    AND coalesce(n.nspname, '') <> 'information_schema' AND coalesce(n.nspname, '') !~ '^pg_'"""
_UNMADE = {
    "pg_type": "t.typtype IN ('b', 'p') AND t.typcategory <> 'A'",
    "pg_opclass": "true",
    "pg_opfamily": "true",
    "pg_conversion": "true",
    "pg_ts_parser": "true",
    "pg_ts_template": "true",
    "pg_language": "true",
    "pg_am": "true",
    "pg_transform": "true",
}
UNMADE = " UNION ALL ".join(
    f"SELECT '', '', i.type || ' ' || i.identity, '' FROM {catalog} t "
    f"CROSS JOIN LATERAL pg_identify_object('{catalog}'::regclass, t.oid, 0) i "
    f"WHERE t.oid >= {FIRST_OID} AND {condition} AND {is_own(catalog, 't.oid')}"
    for catalog, condition in _UNMADE.items()
)
# Passwords may be in them.
OPTIONS_OF_SERVERS = """
SELECT '', '', 'options of server ' || srvname, '' FROM pg_foreign_server
  WHERE srvoptions IS NOT NULL
UNION ALL SELECT '', '', 'user mapping of server ' || srvname, '' FROM pg_user_mappings"""
_GRANTED = " UNION ALL ".join(
    f"SELECT 1 FROM {catalog} t JOIN pg_namespace n ON n.oid = t.{prefix}namespace AND {SCHEMAS} "
    f"WHERE t.{prefix}acl IS NOT NULL AND {is_own(catalog, 't.oid')}"
    for catalog, prefix in (("pg_class", "rel"), ("pg_proc", "pro"), ("pg_type", "typ"))
)
PRIVILEGES = f"""
SELECT '', '', concat_ws(' ', 'privileges (GRANT) on', count(*), 'objects'), '' FROM (
  {_GRANTED}
  UNION ALL SELECT 1 FROM pg_namespace n WHERE {SCHEMAS} AND n.nspacl IS NOT NULL
    AND n.nspname <> 'public' UNION ALL SELECT 1 FROM pg_default_acl) g HAVING count(*) > 0"""
