"""Comparison of server defaults, as a plugin of autogenerate.

Alembic's own comparison raises an error on a JSON default and on one that contains a quote, and a
`compare_server_default` function raises one on identity columns; a plugin runs before the first and
without the second.
"""

from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import AlterColumnOp
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatchResult
from sqlalchemy import Column, Connection, DefaultClause
from sqlalchemy.exc import DBAPIError

PLUGIN = "workflow.server_defaults"


def compare_server_default(
    autogen_context: AutogenContext,
    alter_column_op: AlterColumnOp,
    schema: str | None,
    table_name: str,
    column_name: str,
    database_column: Column[Any],
    model_column: Column[Any],
) -> PriorityDispatchResult:
    """Note a changed default in `alter_column_op`.

    Takes and returns what Alembic defines for a comparator of columns. Identity and computed
    columns are left to Alembic.
    """
    # The default of such a key comes from its sequence, which the model does not spell out.
    if model_column is model_column.table.autoincrement_column:
        return PriorityDispatchResult.CONTINUE
    found, wanted = database_column.server_default, model_column.server_default
    if not isinstance(found, DefaultClause | None) or not isinstance(wanted, DefaultClause | None):
        return PriorityDispatchResult.CONTINUE
    if not _are_alike(autogen_context, found, wanted, model_column):
        alter_column_op.modify_server_default = wanted
    return PriorityDispatchResult.STOP


Plugin(PLUGIN).add_autogenerate_comparator(compare_server_default, "column", "server_default")


def _are_alike(
    autogen_context: AutogenContext, found: Any, wanted: Any, model_column: Column[Any]
) -> bool:
    if found is None or wanted is None:
        return found is wanted
    dialect = autogen_context.dialect
    connection = autogen_context.connection
    assert dialect is not None
    assert connection is not None
    expressions = (_as_sql(found, dialect), _as_sql(wanted, dialect))
    if expressions[0] == expressions[1]:
        return True
    # Reading a sequence moves it on, so such a default is compared as text only.
    if any("nextval(" in expression for expression in expressions):
        return False
    return _evaluate_alike(connection, expressions, model_column.type.compile(dialect=dialect))


def _as_sql(default: DefaultClause, dialect: Any) -> str:
    if isinstance(default.arg, str):
        return "'" + default.arg.replace("'", "''") + "'"
    compiled = default.arg.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    # Compiled SQL is meant for psycopg2 with parameters, where a % is written twice.
    return str(compiled).replace("%%", "%")


def _evaluate_alike(connection: Connection, expressions: tuple[str, str], column_type: str) -> bool:
    """PostgreSQL keeps 'draft' as 'draft'::character varying; only it knows that both are one."""
    values = ", ".join(f"CAST(({sql}) AS {column_type})::text" for sql in expressions)
    statement = f"SELECT {values}".replace("%", "%%")
    try:
        with connection.begin_nested():
            found, wanted = connection.exec_driver_sql(statement).one()
    except DBAPIError:
        return False
    return bool(found == wanted)
