"""Comparison of types by catalog, as a plugin of autogenerate.

Alembic compares what it can reflect, and takes a domain, an enum with a schema and a type that it
does not know for something else.
"""

from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import AlterColumnOp
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import NullType

from alembic_workflow.catalog.column_text import column_text
from alembic_workflow.catalog.items import Item
from alembic_workflow.sql.types import PostgreSQLType

PLUGIN = "workflow.types"


def compare_type(
    autogen_context: AutogenContext,
    alter_column_op: AlterColumnOp,
    schema: str | None,
    table_name: str,
    column_name: str,
    database_column: Column[Any],
    model_column: Column[Any],
) -> PriorityDispatchResult:
    """Note a changed type in `alter_column_op`.

    Takes and returns what Alembic defines for a comparator of columns, and the catalogs in its
    options `models` and `history`.
    """
    assert autogen_context.dialect is not None
    schema = schema or autogen_context.dialect.default_schema_name or ""
    item = Item("column", schema, table_name, column_name)
    expected, found = (
        column_text(autogen_context.opts[catalog].get(item, "")).type
        for catalog in ("models", "history")
    )
    alter_column_op.existing_type = known_type(database_column, found)
    if expected != found:
        alter_column_op.modify_type = model_column.type
    return PriorityDispatchResult.STOP


def known_type(column: Column[Any], text: str) -> Any:
    """Return the type of a reflected column, in the catalog's words if reflection lost some."""
    is_lost = isinstance(column.type, NullType | DOMAIN)
    return PostgreSQLType(text) if is_lost and text else column.type


Plugin(PLUGIN).add_autogenerate_comparator(
    compare_type, "column", "types", priority=DispatchPriority.FIRST
)
