"""Objects made from a column, which are in the way of a change of its type."""

from collections.abc import Iterator

from alembic_workflow.autogenerate.changes.columns import made
from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.items import Item

# Views upon views come later, so that each can be made again in this order.
_QUERY = """
WITH RECURSIVE used (oid, number, depth) AS (
  SELECT a.attrelid, a.attnum, 0 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s AND a.attname = %s
  UNION SELECT r.ev_class, 0::int2, u.depth + 1 FROM used u
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = u.oid
      AND (u.number = 0 OR d.refobjsubid = u.number) AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.rulename = '_RETURN' AND r.ev_class <> u.oid)
SELECT 'view', n.nspname, '', c.relname, max(u.depth) FROM used u
  JOIN pg_class c ON c.oid = u.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE u.depth > 0 GROUP BY n.nspname, c.relname
UNION ALL SELECT o.kind, n.nspname, c.relname, o.name, 1000 FROM used u
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = u.oid
    AND d.refobjsubid = u.number AND u.depth = 0
  JOIN (SELECT 'policy', 'pg_policy'::regclass, oid, polrelid, polname FROM pg_policy
    UNION ALL SELECT 'trigger', 'pg_trigger'::regclass, oid, tgrelid, tgname FROM pg_trigger
    UNION ALL SELECT 'rule', 'pg_rewrite'::regclass, oid, ev_class, rulename FROM pg_rewrite
    ) o (kind, class, oid, relation, name) ON o.class = d.classid AND o.oid = d.objid
  JOIN pg_class c ON c.oid = o.relation JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY 5"""
_OF_VIEWS = ("index of a view", "trigger", "rule")


def dependents(trial: Trial, schema: str, table: str, column: str) -> list[SQLOperation]:
    """Return what makes, in this order, the views, policies, triggers and rules on the column.

    With the views go their own triggers, rules and indexes.
    """
    catalog = trial.catalog()
    found = [Item(*row[:4]) for row in trial.rows(_QUERY, (schema, table, column))]
    views = {(item.schema, item.name) for item in found if item.kind == "view"}
    parts = [
        item for item in catalog if item.kind in _OF_VIEWS and (item.schema, item.table) in views
    ]
    wanted = dict.fromkeys([*found, *parts])
    return [made(item, catalog[item]) for item in wanted if item in catalog]


def names_of_views(operations: list[SQLOperation]) -> Iterator[str]:
    """Yield the names of the views among what is made again."""
    for each in operations:
        words, _, target = each.undo.partition("VIEW ")
        if words in ("DROP ", "DROP MATERIALIZED "):
            yield target
