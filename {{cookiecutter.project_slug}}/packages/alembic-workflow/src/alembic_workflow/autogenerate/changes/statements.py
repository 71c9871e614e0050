"""The operation that makes what a catalog describes, in Alembic's words where it has them."""

from alembic_workflow.autogenerate.directives import SQLOperation
from alembic_workflow.catalog.creation import creation, removal
from alembic_workflow.catalog.items import Item
from alembic_workflow.safe_forms.change import Part, Table
from alembic_workflow.safe_forms.source import create_index, drop_index


def made(item: Item, definition: str) -> SQLOperation:
    """Return the operation that creates what a catalog describes, and its undoing."""
    statements = creation(item, definition), removal(item, definition)
    if item.kind != "index":
        return SQLOperation(*statements)
    table = Table(item.schema, item.table)
    return SQLOperation(
        *statements,
        create_index(table, Part(item.name, definition), "op.create_index"),
        drop_index(table, item.name, "op.drop_index"),
    )
