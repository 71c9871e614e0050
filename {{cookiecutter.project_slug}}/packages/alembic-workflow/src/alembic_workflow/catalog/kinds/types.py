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
    drop="DROP TYPE {qualified}",
    before_tables=True,
    order=20,
)
DOMAIN = Kind(
    name="domain",
    query=f"""
SELECT n.nspname, '', t.typname, concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
  CASE WHEN t.typcollation <> b.typcollation THEN 'COLLATE ' || t.typcollation::regcollation END,
  CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault,
  (SELECT string_agg('CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid), ' '
    ORDER BY conname) FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'))
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {SCHEMAS}
  JOIN pg_type b ON b.oid = t.typbasetype
  WHERE t.typtype = 'd' AND {is_own("pg_type", "t.oid")}""",
    create="CREATE DOMAIN {qualified} AS {definition}",
    drop="DROP DOMAIN {qualified}",
    before_tables=True,
    has_expressions=True,
    order=30,
)
TYPE = Kind(
    name="type",
    query=f"""
SELECT n.nspname, '', t.typname, coalesce(CASE WHEN r.rngtypid IS NOT NULL
    THEN 'RANGE (' || concat_ws(', ',
    'SUBTYPE = ' || format_type(r.rngsubtype, NULL), (SELECT 'SUBTYPE_OPCLASS = '
      || quote_ident(m.nspname) || '.' || quote_ident(o.opcname) FROM pg_opclass o
      JOIN pg_namespace m ON m.oid = o.opcnamespace WHERE o.oid = r.rngsubopc
      AND NOT o.opcdefault),
    'COLLATION = ' || (SELECT l.oid::regcollation FROM pg_collation l JOIN pg_type b
      ON b.oid = r.rngsubtype WHERE l.oid = r.rngcollation AND l.oid <> b.typcollation),
    'CANONICAL = ' || nullif(r.rngcanonical::oid, 0)::regproc,
    'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::oid, 0)::regproc,
    'MULTIRANGE_TYPE_NAME = ' || (SELECT quote_ident(m.nspname) || '.' || quote_ident(b.typname)
      FROM pg_type b JOIN pg_namespace m ON m.oid = b.typnamespace
      WHERE b.oid = r.rngmultitypid)) || ')' END,
  '(' || (SELECT string_agg(concat_ws(' ', quote_ident(a.attname),
      format_type(a.atttypid, a.atttypmod), CASE WHEN a.attcollation <> b.typcollation
      THEN 'COLLATE ' || a.attcollation::regcollation END), ', ' ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type b ON b.oid = a.atttypid
    WHERE a.attrelid = t.typrelid AND NOT a.attisdropped) || ')')
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND {SCHEMAS}
  LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_range r ON r.rngtypid = t.oid
  WHERE (c.relkind = 'c' OR r.rngtypid IS NOT NULL) AND {is_own("pg_type", "t.oid")}
    AND (c.oid IS NULL OR {is_own("pg_class", "c.oid")})""",
    create="CREATE TYPE {qualified} AS {definition}",
    drop="DROP TYPE {qualified}",
    before_tables=True,
    in_models=False,
    order=25,
)
# The locale of the server is its own; what is made with it has to say so.
COLLATION = Kind(
    name="collation",
    query=f"""
SELECT n.nspname, '', l.collname, '(PROVIDER = ' || CASE l.collprovider WHEN 'c' THEN 'libc'
    WHEN 'i' THEN 'icu' ELSE 'builtin' END || concat(
  ', LOCALE = ' || quote_literal(coalesce(to_jsonb(l) ->> 'colllocale',
    to_jsonb(l) ->> 'colliculocale', CASE WHEN l.collcollate = l.collctype THEN l.collcollate END)),
  CASE WHEN l.collcollate <> l.collctype THEN ', LC_COLLATE = ' || quote_literal(l.collcollate)
    || ', LC_CTYPE = ' || quote_literal(l.collctype) END,
  CASE WHEN NOT l.collisdeterministic THEN ', DETERMINISTIC = false' END,
  ', RULES = ' || quote_literal(to_jsonb(l) ->> 'collicurules')) || ')'
  FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace AND {SCHEMAS}
  WHERE {is_own("pg_collation", "l.oid")}""",
    create="CREATE COLLATION {qualified} {definition}",
    drop="DROP COLLATION {qualified}",
    before_tables=True,
    in_models=False,
    order=15,
)
