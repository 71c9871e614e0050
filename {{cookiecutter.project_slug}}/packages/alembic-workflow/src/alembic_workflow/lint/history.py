"""Runs the history in a scratch database, and records what the revisions to be judged do."""

from collections.abc import Callable, Collection, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from alembic_workflow.database.connections import connect
from alembic_workflow.database.looking import looking
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.lint.recorder import Recorder
from alembic_workflow.lint.recording import Recording, Used, Way
from alembic_workflow.replay.history import replay
from alembic_workflow.replay.revision_source import Source
from alembic_workflow.replay.steps import Progress, down, is_irreversible, up
from alembic_workflow.rows.filling import fill

# Then a statement that finds its rows by an index can be told from one that reads all of them.
_OFF = ("seqscan", "bitmapscan", "indexonlyscan")
# What costs as much as those plans seem to would be compiled, for seconds each.
_BY_INDEX = " ".join(("-c jit=off", *(f"-c enable_{each}=off" for each in _OFF)))


Judge = Callable[[Way, Recording], None]
"""Takes a direction of a revision, and what it did."""


@dataclass
class History:
    """The history of a service, of which some revisions are to be judged."""

    environment: Environment
    wanted: Collection[str]
    """The ids of those to be judged."""
    unreleased: bool = False
    """Whether what these make is not in use yet."""
    downgrades: bool = False
    server_version: int = 0
    """The major version of the server that ran it."""

    def record(self, judge: Judge) -> None:
        """Run the history, and judge what each revision does; one that is refused is the last one.

        One that fails with a row in each table is judged so far, and run again on empty tables:
        what such rows would violate may be right for those of production. Raises CommandError if
        something fails that is not to be judged, or for another reason than what PostgreSQL
        refuses.
        """
        whole: set[Way] = set()
        without_rows: set[Way] = set()
        while True:
            run = _Run(self, judge, whole, without_rows)
            try:
                run.run()
                return
            except CommandError:
                way, recording = run.current
                is_refused = recording is not None and recording.failure is not None
                if way is None or recording is None or (way in without_rows and not is_refused):
                    raise
            recording.is_partial = way not in without_rows
            judge(way, recording)
            if way in without_rows:
                return
            without_rows.add(way)


class _Run:
    """One run of the history."""

    def __init__(
        self, history: History, judge: Judge, whole: set[Way], without_rows: Set[Way]
    ) -> None:
        """Take what has been judged already, and what is to run on empty tables."""
        self._history, self._judge = history, judge
        self._whole, self._without_rows = whole, without_rows
        self._begun: set[Path] = set()
        self._used = Used(frozenset(), frozenset())
        self._is_fixed = False
        self.current: tuple[Way | None, Recording | None] = (None, None)
        """The revision that is being judged."""

    def run(self) -> None:
        environment = self._history.environment
        with (
            scratch_database(environment.database().scratch_server) as url,
            connect(_by_index(url), environment.service_name) as self._connection,
        ):
            raw: Any = self._connection.connection.dbapi_connection
            self._history.server_version = raw.server_version // 10000
            self._recorder = Recorder(self._connection, environment.version_table)
            self._progress = Progress(len(list(context.script.walk_revisions())))
            with looking(self._progress.look):
                replay(environment, self._connection, observe=self._observe, detour=self._detour)

    @contextmanager
    def _observe(self, step: MigrationStep) -> Iterator[None]:
        assert isinstance(step, RevisionStep)
        way = Way(Path(step.revision.path), not step.is_upgrade)
        is_again = step.is_upgrade and way.path in self._begun
        self.current = (None, None)
        self._progress.at(step)
        if step.revision.revision in self._history.wanted and not is_again:
            self._begin(step, way.path)
            if way not in self._whole:
                with self._recorder.recording(way.path, self._used) as recording:
                    self.current = (way, recording)
                    yield
                self._whole.add(way)
                self._judge(way, recording)
                return
        yield
        self._recorder.forget()

    def _begin(self, step: RevisionStep, path: Path) -> None:
        """Make rows, and take note of what is in use before a revision."""
        self._begun.add(path)
        if not self._without_rows - self._whole:
            with suppress(DBAPIError):
                fill(self._connection, self._recorder.catalog(), {}, where_possible=True)
        if step.is_upgrade and not self._is_fixed:
            self._used = self._recorder.used()
            # What the first one makes may be a database that was there before.
            self._is_fixed = self._history.unreleased and bool(step.revision.down_revision)

    def _detour(self, step: MigrationStep) -> Iterator[MigrationStep]:
        """Yield the way down and up again."""
        assert isinstance(step, RevisionStep)
        revision = step.revision
        is_wanted = self._history.downgrades and revision.revision in self._history.wanted
        source = Source(Path(revision.path))
        if is_wanted and not source.is_empty("downgrade") and not is_irreversible(revision):
            yield down(context.script, revision)
            yield up(context.script, revision)


def _by_index(url: URL) -> URL:
    return url.update_query_dict({"options": f"{url.query.get('options', '')} {_BY_INDEX}".strip()})
