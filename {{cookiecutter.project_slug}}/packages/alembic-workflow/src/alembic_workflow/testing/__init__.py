"""What a service's tests import."""

from alembic_workflow.testing.history import HistoryTests

__all__ = ["HistoryTests"]
