"""Tests for a service to inherit."""

from alembic_workflow.testing.history import HistoryTests

__all__ = ["HistoryTests"]
