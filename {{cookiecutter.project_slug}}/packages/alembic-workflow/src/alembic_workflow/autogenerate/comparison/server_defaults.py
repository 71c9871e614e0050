"""Comparison of server defaults by catalog, as a plugin of autogenerate.

Alembic's own raises an error on a JSON default and on one that contains a quote, and a
`compare_server_default` function raises one on identity columns; a plugin runs before the first and
without the second.
"""

from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import AlterColumnOp
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import Column, DefaultClause, Identity

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Item

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

    Takes and returns what Alembic defines for a comparator of columns, and the catalogs in its
    options `models` and `history`.
    """
    found, wanted = database_column.server_default, model_column.server_default
    if Identity in (type(found), type(wanted)):
        return PriorityDispatchResult.STOP  # left to changes/columns.py
    if model_column is model_column.table.autoincrement_column:
        return PriorityDispatchResult.CONTINUE  # the model does not spell out nextval()
    if not isinstance(found, DefaultClause | None) or not isinstance(wanted, DefaultClause | None):
        return PriorityDispatchResult.CONTINUE
    assert autogen_context.dialect is not None
    schema = schema or autogen_context.dialect.default_schema_name or ""
    item = Item("column", schema, table_name, column_name)
    models, history = autogen_context.opts["models"], autogen_context.opts["history"]
    before, after = default_of(history.get(item, "")), default_of(models.get(item, ""))
    counts = any((each or "").startswith("nextval(") for each in (before, after))
    if before != after and not (counts and None in (before, after)):  # as above
        alter_column_op.modify_server_default = wanted
    return PriorityDispatchResult.STOP


Plugin(PLUGIN).add_autogenerate_comparator(
    compare_server_default, "column", "server_default", priority=DispatchPriority.FIRST
)


def default_of(definition: str) -> str | None:
    """Return the default in a column's definition."""
    return column_text(definition).default
