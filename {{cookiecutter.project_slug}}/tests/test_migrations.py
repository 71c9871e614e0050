"""The history of the schema, on databases of its own, with and without rows."""

from typing import ClassVar

from alembic_workflow.testing import HistoryTests

from tests.databases import alembic_config


class TestMigrations(HistoryTests):
    config = alembic_config()
    # Where no row can be made from the catalog alone: {"products": {"code": "ABC-1"}}.
    examples: ClassVar[dict[str, dict[str, object]]] = {}
