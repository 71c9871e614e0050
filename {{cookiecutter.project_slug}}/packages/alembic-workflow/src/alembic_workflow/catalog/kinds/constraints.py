"""Constraints, indexes, triggers, policies and rules of tables."""

from alembic_workflow.catalog.kind import TABLES, Kind

OR_VIEWS = TABLES.replace("'f')", "'f', 'v')")
# NOT NULL is a property of the column; PostgreSQL 18 lists it as a constraint, too. A key to a
# partitioned table is listed once more for each partition.
CONSTRAINT = Kind(
    name="constraint",
    query=f"""
SELECT n.nspname, c.relname, k.conname, concat_ws(' ', pg_get_constraintdef(k.oid),
  CASE WHEN EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = k.conindid AND k.contype <> 'f'
    AND NOT i.indisvalid) THEN '(INVALID)' END,
  CASE WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled = 'D')
    THEN '(DISABLED)' END) {TABLES}
  JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    AND k.conparentid = 0""",
    create="ALTER TABLE {table} ADD CONSTRAINT {name} {definition}",
    drop="ALTER TABLE {table} DROP CONSTRAINT {name}",
    rename="ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}",
    has_expressions=True,
    order=70,
)
_INDEXES = f"""
SELECT n.nspname, c.relname, x.relname, concat_ws(' ',
  CASE c.relkind WHEN 'p' THEN replace(pg_get_indexdef(x.oid), ' ON ONLY ', ' ON ')
    ELSE pg_get_indexdef(x.oid) END,
  CASE WHEN NOT i.indisvalid THEN '(INVALID)' END) {TABLES}
  JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid
    AND k.contype IN ('p', 'u', 'x'))"""
INDEX = Kind(
    name="index",
    query=_INDEXES,
    create="{definition}",
    drop="DROP INDEX {qualified}",
    rename="ALTER INDEX {qualified} RENAME TO {new}",
    has_expressions=True,
    order=80,
)
VIEW_INDEX = Kind(
    name="index of a view",
    query=_INDEXES.replace("IN ('r', 'p', 'f')", "= 'm'"),
    create="{definition}",
    drop="DROP INDEX {qualified}",
    has_expressions=True,
    in_models=False,
    order=91,
)
TRIGGER = Kind(
    name="trigger",
    query=f"""
SELECT n.nspname, c.relname, g.tgname, concat_ws(' ', pg_get_triggerdef(g.oid),
  CASE g.tgenabled WHEN 'D' THEN '(DISABLED)' WHEN 'A' THEN '(ALWAYS)'
    WHEN 'R' THEN '(REPLICA)' END)
  {OR_VIEWS} JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal""",
    create="{definition}",
    drop="DROP TRIGGER {name} ON {table}",
    order=92,
    has_expressions=True,
    in_models=False,
)
POLICY = Kind(
    name="policy",
    query=f"""
SELECT n.nspname, c.relname, p.polname, concat_ws(' ',
  CASE WHEN NOT p.polpermissive THEN 'AS RESTRICTIVE' END,
  'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
    WHEN 'd' THEN 'DELETE' END,
  'TO ' || nullif(array_to_string(p.polroles::regrole[], ', '), '-'),
  'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
  'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') {TABLES}
  JOIN pg_policy p ON p.polrelid = c.oid""",
    create="CREATE POLICY {name} ON {table} {definition}",
    drop="DROP POLICY {name} ON {table}",
    order=93,
    has_expressions=True,
    in_models=False,
)
RULE = Kind(
    name="rule",
    query=f"""
SELECT n.nspname, c.relname, r.rulename, pg_get_ruledef(r.oid) {OR_VIEWS}
  JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'""",
    create="{definition}",
    drop="DROP RULE {name} ON {table}",
    order=94,
    has_expressions=True,
    in_models=False,
)
