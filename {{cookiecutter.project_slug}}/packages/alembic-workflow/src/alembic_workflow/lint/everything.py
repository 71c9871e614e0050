"""Catalog of a database with what only the running service would miss: rights, columns of views."""

from sqlalchemy import Connection

from alembic_workflow.catalog.items import Catalog, Item, read_catalog
from alembic_workflow.catalog.kind import SCHEMAS

_RIGHT = "concat_ws(' ', coalesce(nullif(x.grantee, 0)::regrole::text, 'PUBLIC'), x.privilege_type)"
_QUERIES = {
    "schema": f"SELECT n.nspname, '', n.nspname, '' FROM pg_namespace n WHERE {SCHEMAS}",
    "view column": f"""
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {SCHEMAS}
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('v', 'm')""",
    "right": f"""
SELECT n.nspname, c.relname, '', concat_ws(E'\\n',
  (SELECT string_agg({_RIGHT}, E'\\n') FROM aclexplode(coalesce(c.relacl,
    acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) x),
  (SELECT string_agg(concat_ws(' ', {_RIGHT}, 'of', a.attname), E'\\n')
    FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {SCHEMAS}
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
UNION ALL SELECT n.nspname, '', p.oid::regprocedure::text, (SELECT string_agg({_RIGHT}, E'\\n')
  FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND {SCHEMAS}
UNION ALL SELECT n.nspname, '', n.nspname, (SELECT string_agg({_RIGHT}, E'\\n')
  FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x)
FROM pg_namespace n WHERE {SCHEMAS}""",
}


def read_everything(connection: Connection, version_table: str) -> Catalog:
    """Return what the database consists of, and who may do what with it."""
    catalog = read_catalog(connection, without=[version_table])
    for kind, query in _QUERIES.items():
        for schema, table, name, definition in connection.exec_driver_sql(query.replace("%", "%%")):
            if table != version_table:
                catalog[Item(kind, schema, table, name)] = definition or ""
    return catalog
