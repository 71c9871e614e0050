"""Objects made from a column or a type, which are in the way of a change of it."""

import re
from collections.abc import Iterable, Iterator

from alembic_workflow.autogenerate.directives import NoteOperation
from alembic_workflow.autogenerate.trial_run import Trial
from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Catalog, Item
from alembic_workflow.safe_forms.definitions import split
from alembic_workflow.sql.identifiers import mention, name, qualified

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


def dependents(trial: Trial, column: Item, catalog: Catalog) -> list[Item]:
    """Return the views, policies, triggers and rules on the column, in the order to make them.

    With the views go their own triggers, rules and indexes. Takes what is there now.
    """
    found = [
        Item(*row[:4]) for row in trial.rows(_QUERY, (column.schema, column.table, column.name))
    ]
    views = {(item.schema, item.name) for item in found if item.kind == "view"}
    parts = [
        item for item in catalog if item.kind in _OF_VIEWS and (item.schema, item.table) in views
    ]
    return [each for each in dict.fromkeys([*found, *parts]) if each in catalog]


def generated_from(column: Item, catalog: Catalog) -> Iterator[Item]:
    """Yield the generated columns that mention the column."""
    own = re.escape(column.name)
    mentioned = re.compile(rf'(?<![\w"])(?:{own}|"{own}")(?![\w"])')
    for item, text in catalog.items():
        if item._replace(name=column.name) == column and item != column:
            generated = column_text(text)
            if generated.is_computed and mentioned.search(generated.generated):
                yield item


def functions_of(kind: Item, catalog: Catalog) -> Iterator[Item]:
    """Yield the functions that take or return the type."""
    uses = mention(qualified(kind.schema, kind.name))
    for item, text in catalog.items():
        if item.kind == "function" and uses.search(re.split(r"\n(?:AS|BEGIN|RETURN)\b", text)[0]):
            yield item


def attributes_of(kind: Item, catalog: Catalog) -> Iterator[str]:
    """Yield the statements that give the attributes of composite types the type of this name."""
    uses = mention(qualified(kind.schema, kind.name))
    for item, text in catalog.items():
        for attribute in split(text[1:-1]) if item.kind == "type" and text[:1] == "(" else ():
            if match := uses.search(attribute):
                own, given = attribute[: match.start()].strip(), attribute[match.start() :]
                target = name(item.schema, item.name)
                yield f"ALTER TYPE {target} ALTER ATTRIBUTE {own} TYPE {given}"


def grants_notes(items: Iterable[Item]) -> list[NoteOperation]:
    """Return a comment for each view and function among what is made again."""
    return [
        NoteOperation(
            f"The {item.kind} {name(item.schema, item.name)} is made again; what a database has "
            "granted on it has to be granted again."
        )
        for item in items
        if item.kind in ("view", "function")
    ]
