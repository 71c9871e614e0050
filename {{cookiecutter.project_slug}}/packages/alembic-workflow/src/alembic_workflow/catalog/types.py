"""Types: enums, domains and others."""

from alembic_workflow.catalog.kind import SCHEMAS, Kind, is_own

ENUM = Kind(
    name="enum",
    query=f"""
SELECT n.nspname, '', t.typname, 'ENUM (' || coalesce((
    SELECT string_agg('''' || replace(enumlabel, '''', '''''') || '''', ', ' ORDER BY enumsortorder)
    FROM pg_enum WHERE enumtypid = t.oid), '') || ')'
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {SCHEMAS}
  WHERE t.typtype = 'e' AND {is_own("pg_type", "t.oid")}""",
    create="CREATE TYPE {qualified} AS {definition}",
    advice="First drop the view, generated column or foreign key that needs the type.",
    order=20,
)
DOMAIN = Kind(
    name="domain",
    query=f"""
SELECT n.nspname, '', t.typname, concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
  CASE WHEN t.typcollation <> b.typcollation THEN 'COLLATE ' || t.typcollation::regcollation END,
  CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault,
  (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY conname) FROM pg_constraint
    WHERE contypid = t.oid AND contype = 'c'))
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {SCHEMAS}
  JOIN pg_type b ON b.oid = t.typbasetype
  WHERE t.typtype = 'd' AND {is_own("pg_type", "t.oid")}""",
    create="CREATE DOMAIN {qualified} AS {definition}",
    drop="DROP DOMAIN {qualified}",
    order=30,
)
TYPE = Kind(
    name="type",
    query=f"""
SELECT n.nspname, '', t.typname, coalesce('RANGE OF ' || format_type(r.rngsubtype, NULL),
  '(' || (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', '
    ORDER BY attnum) FROM pg_attribute WHERE attrelid = t.typrelid AND NOT attisdropped) || ')')
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {SCHEMAS}
  LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_range r ON r.rngtypid = t.oid
  WHERE (c.relkind = 'c' OR r.rngtypid IS NOT NULL) AND {is_own("pg_type", "t.oid")}
    AND (c.oid IS NULL OR {is_own("pg_class", "c.oid")})""",
    in_models=False,
)
