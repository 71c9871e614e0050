"""Parts of the queries for extras."""

from alembic_workflow.catalog.kind import SCHEMAS, is_own

RELATION = f"""
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND {SCHEMAS}
    AND {is_own("pg_class", "c.oid")}"""
COLUMN = f"""{RELATION} AND c.relkind IN ('r', 'p', 'm', 'f')
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"""
TABLE = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
NAMED = f"replace({TABLE}, 'public.', '')"
FIRST_OID = 16384
"""Those below are the server's own."""
