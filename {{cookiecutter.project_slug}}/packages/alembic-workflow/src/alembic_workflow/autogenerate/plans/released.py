"""The part of the history that databases in use have."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import context
from alembic.runtime.migration import MigrationStep, RevisionStep

from alembic_workflow.alembic_internals import parents
from alembic_workflow.catalog.items import Catalog
from alembic_workflow.environment import Environment
from alembic_workflow.replay.history import history_catalog, replayed_history
from alembic_workflow.replay.released import released_files


class Released:
    """The revisions that the main branch has; all of them if git does not tell.

    The first one counts as released: what it makes may be a database that was there before.
    """

    def __init__(self, environment: Environment) -> None:
        """Take the service."""
        self._environment = environment
        files = released_files(Path(context.script.dir))
        every = list(context.script.walk_revisions())
        self._revisions = {
            each.revision: each
            for each in every
            if files is None or Path(each.path).name in files or not each.down_revision
        }
        self._is_whole = len(self._revisions) == len(every)
        self._applied: set[str] = set()
        self._catalog: Catalog = {}

    @contextmanager
    def observe(self, step: MigrationStep) -> Iterator[None]:
        """Look at what is there once a replay has come so far that it has them, and no others."""
        assert isinstance(step, RevisionStep)
        yield
        self._applied.add(step.revision.revision)
        if self._applied == self._revisions.keys() and not self._is_whole:
            self._catalog = history_catalog(self._environment, context.get_bind())
            context.get_bind().commit()

    def catalog(self, history: Catalog) -> Catalog:
        """Return what they make; takes what the whole history makes, whose replay was observed."""
        if self._is_whole or self._catalog or not self._revisions:
            return history if self._is_whole else self._catalog
        below = {parent for each in self._revisions.values() for parent in parents(each)}
        heads = sorted(self._revisions.keys() - below)
        with replayed_history(self._environment, heads) as connection:
            return history_catalog(self._environment, connection)
