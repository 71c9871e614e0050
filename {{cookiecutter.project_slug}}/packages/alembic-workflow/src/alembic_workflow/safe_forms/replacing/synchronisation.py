"""Triggers that keep two columns alike while some who write know the one, and some the other."""

import re

from alembic_workflow.safe_forms.source import execute
from alembic_workflow.safe_forms.table import Table
from alembic_workflow.sql.identifiers import beside, name, unqualified

_FUNCTION = """
CREATE FUNCTION {function}() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
{body}
  RETURN NEW;
END
$$"""
_BOTH_WAYS = """\
  IF TG_OP = 'INSERT' THEN
    NEW.{new} := coalesce(NEW.{new}, NEW.{old});
    NEW.{old} := coalesce(NEW.{old}, NEW.{new});
  ELSIF NEW.{new}::text IS DISTINCT FROM OLD.{new}::text
      AND NEW.{old}::text IS NOT DISTINCT FROM OLD.{old}::text THEN
    NEW.{old} := NEW.{new};
  ELSE
    NEW.{new} := NEW.{old};
  END IF;"""


def computing(table: Table, column: str, expression: str) -> tuple[str, ...]:
    """Return the operations that make a trigger compute the column from others of its row."""
    body = f"  SELECT {expression} INTO NEW.{name(column)} FROM (SELECT NEW.*) AS written;"
    return _made(table, column, body)


def casting(table: Table, old: str, new: str, expression: str) -> tuple[str, ...]:
    """Return the same for an expression of one column, said plainly if it is a cast."""
    cast = expression.removeprefix(name(old))
    if not re.fullmatch(r"(?:::[\w .\"()\[\],]+)+", cast):
        return computing(table, new, expression)
    return _made(table, new, f"  NEW.{name(new)} := NEW.{name(old)}{unqualified(cast)};")


def both_ways(table: Table, old: str, new: str) -> tuple[str, ...]:
    """Return the operations that make a trigger copy whichever of two columns was written."""
    return _made(table, new, _BOTH_WAYS.format(old=name(old), new=name(new)))


def not_computing(table: Table, column: str) -> tuple[str, ...]:
    """Return the operations that drop the trigger of the column."""
    trigger = _name(table, column)
    return (
        execute(f"DROP TRIGGER {name(trigger)} ON {table.sql}"),
        execute(f"DROP FUNCTION {name(table.schema, trigger)}()"),
    )


def _made(table: Table, column: str, body: str) -> tuple[str, ...]:
    trigger = _name(table, column)
    function = name(table.schema, trigger)
    return (
        execute(_FUNCTION.format(function=function, body=body)),
        execute(
            f"CREATE TRIGGER {name(trigger)} BEFORE INSERT OR UPDATE ON {table.sql} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        ),
    )


def _name(table: Table, column: str) -> str:
    return beside(f"{table.name}_{column}", "_sync")
