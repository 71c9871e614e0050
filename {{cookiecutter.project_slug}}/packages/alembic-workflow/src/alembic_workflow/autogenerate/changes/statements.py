"""The operation that makes what a catalog describes, in Alembic's words where it has them."""

from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.creation import creation, removal
from alembic_workflow.catalog.items import Item
from alembic_workflow.safe_forms.constraint_source import added, drop_constraint
from alembic_workflow.safe_forms.source import drop_index
from alembic_workflow.safe_forms.table import Part, Table


def made(item: Item, definition: str) -> SQLOperation:
    """Return the operation that creates what a catalog describes, and its undoing."""
    statements = creation(item, definition), removal(item, definition)
    table, part = Table(item.schema, item.table), Part(item.name, definition)
    if item.kind == "index":
        return SQLOperation(
            *statements, added(table, part), drop_index(table, item.name, "op.drop_index")
        )
    if item.kind == "constraint":
        return SQLOperation(*statements, added(table, part), drop_constraint(table, item.name))
    return SQLOperation(*statements)
