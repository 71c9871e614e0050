"""Tests for a service to inherit, and databases for its own."""

from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.testing.databases import refuse_other_databases
from alembic_workflow.testing.history import HistoryTests
from alembic_workflow.testing.words import ending_in_words

__all__ = ["HistoryTests", "ending_in_words", "refuse_other_databases", "scratch_database"]
