"""Constraints, indexes, triggers, policies and rules of tables."""

from alembic_workflow.catalog.kind import TABLES, Kind

# NOT NULL is a property of the column; PostgreSQL 18 lists it as a constraint, too.
CONSTRAINT = Kind(
    name="constraint",
    query=f"""
SELECT n.nspname, c.relname, k.conname, concat_ws(' ', pg_get_constraintdef(k.oid),
  CASE WHEN EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = k.conindid AND k.contype <> 'f'
    AND NOT i.indisvalid) THEN '(INVALID)' END,
  CASE WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled = 'D')
    THEN '(DISABLED)' END) {TABLES}
  JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')""",
    create="ALTER TABLE {table} ADD CONSTRAINT {name} {definition}",
    drop="ALTER TABLE {table} DROP CONSTRAINT {name}",
    rename="ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}",
    order=70,
)
INDEX = Kind(
    name="index",
    query=f"""
SELECT n.nspname, c.relname, x.relname, concat_ws(' ', pg_get_indexdef(x.oid),
  CASE WHEN NOT i.indisvalid THEN '(INVALID)' END) {TABLES.replace("'f')", "'f', 'm')")}
  JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid
    AND k.contype IN ('p', 'u', 'x'))""",
    create="{definition}",
    drop="DROP INDEX {qualified}",
    rename="ALTER INDEX {qualified} RENAME TO {new}",
    order=80,
)
TRIGGER = Kind(
    name="trigger",
    query=f"""
SELECT n.nspname, c.relname, g.tgname, concat_ws(' ', pg_get_triggerdef(g.oid),
  CASE g.tgenabled WHEN 'D' THEN '(DISABLED)' WHEN 'A' THEN '(ALWAYS)'
    WHEN 'R' THEN '(REPLICA)' END)
  {TABLES} JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal""",
    create="{definition}",
    drop="DROP TRIGGER {name} ON {table}",
    in_models=False,
)
POLICY = Kind(
    name="policy",
    query=f"""
SELECT n.nspname, c.relname, p.polname, concat_ws(' ', p.polcmd,
  'TO ' || nullif(array_to_string(p.polroles::regrole[], ', '), '-'),
  CASE WHEN NOT p.polpermissive THEN 'RESTRICTIVE' END,
  'USING ' || pg_get_expr(p.polqual, p.polrelid),
  'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid)) {TABLES}
  JOIN pg_policy p ON p.polrelid = c.oid""",
    in_models=False,
)
RULE = Kind(
    name="rule",
    query=f"""
SELECT n.nspname, c.relname, r.rulename, pg_get_ruledef(r.oid) {TABLES}
  JOIN pg_rewrite r ON r.ev_class = c.oid""",
    in_models=False,
)
