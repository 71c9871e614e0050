"""Runs the history in a scratch database, and records what the revisions to be judged do."""

from collections.abc import Collection, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from alembic import context
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from alembic_workflow.database.connections import connect
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.environment import Environment
from alembic_workflow.lint.recorder import Recorder
from alembic_workflow.lint.recording import Recording, Used
from alembic_workflow.replay.history import history_catalog, replay
from alembic_workflow.replay.revision_source import Source
from alembic_workflow.replay.steps import down, is_irreversible, up
from alembic_workflow.rows.filling import fill

# Then a statement that finds its rows by an index can be told from one that reads all of them.
_BY_INDEX = "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_indexonlyscan=off"


class Way(NamedTuple):
    """A revision and a direction."""

    path: Path
    is_downgrade: bool


@dataclass
class History:
    """The history of a service, of which some revisions are to be judged."""

    environment: Environment
    wanted: Collection[str]
    """The ids of those to be judged."""
    unreleased: bool = False
    """Whether what these make is not in use yet."""
    downgrades: bool = False
    """Whether their downgrades are to be judged, too."""
    recordings: dict[Way, list[Recording]] = field(default_factory=dict)
    """What each of them did: on empty tables if it did not end with rows in them."""
    server_version: int = 0
    """The major version of the server that ran it."""

    def record(self) -> None:
        """Run the history, and record; a revision that is refused is the last one.

        One that fails with a row in each table is run again on empty tables: what such rows would
        violate may be right for those of production. Raises CommandError if something fails that
        is not to be judged, or for another reason than what PostgreSQL refuses.
        """
        without_rows: set[Way] = set()
        while True:
            run = _Run(self, without_rows)
            try:
                run.run()
            except CommandError:
                way, recording = run.current
                if way is None or recording is None:
                    raise
                if way in without_rows and recording.failure is None:
                    raise
                recording.is_partial = way not in without_rows
                self.recordings.setdefault(way, []).append(recording)
                if way in without_rows:
                    return
                without_rows.add(way)
            else:
                return


class _Run:
    """One run of the history."""

    def __init__(self, history: History, without_rows: Set[Way]) -> None:
        self._history = history
        self._without_rows = without_rows
        self._done: set[Way] = set()
        self._released: Used | None = None
        self._before: dict[Path, Used] = {}
        self.current: tuple[Way | None, Recording | None] = (None, None)
        """What is being judged."""

    def run(self) -> None:
        environment = self._history.environment
        with (
            scratch_database(environment.database().scratch_server) as url,
            connect(_by_index(url), environment.service_name) as self._connection,
        ):
            version = self._connection.exec_driver_sql("SHOW server_version_num").scalar_one()
            self._history.server_version = int(version) // 10000
            self._connection.commit()
            self._recorder = Recorder(self._connection, environment.version_table)
            replay(environment, self._connection, observe=self._observe, detour=self._detour)

    @contextmanager
    def _observe(self, step: MigrationStep) -> Iterator[None]:
        assert isinstance(step, RevisionStep)
        way = Way(Path(step.revision.path), not step.is_upgrade)
        is_second_time = step.is_upgrade and way.path in self._before
        if step.revision.revision not in self._history.wanted or is_second_time:
            self.current = (None, None)
            yield
            return
        if not self._without_rows - self._done:
            self._fill()
        used = self._before.setdefault(way.path, self._used(step))
        self.current = (way, None)
        with self._recorder.recording(way.path, used) as recording:
            self.current = (way, recording)
            yield
        self._history.recordings.setdefault(way, []).append(recording)
        self.current = (None, None)
        self._done.add(way)

    def _used(self, step: RevisionStep) -> Used:
        """Return what is in use before a revision.

        What the first one makes may be a database that was there before.
        """
        is_first = not step.revision.down_revision
        if self._released is not None and self._history.unreleased:
            return self._released
        used = self._recorder.used()
        self._released = None if is_first else used
        return used

    def _fill(self) -> None:
        """Insert a row into each table where that is possible."""
        self._connection.commit()
        catalog = history_catalog(self._history.environment, self._connection)
        self._connection.commit()
        with suppress(DBAPIError):
            fill(self._connection, catalog, {}, where_possible=True)

    def _detour(self, step: MigrationStep) -> Iterator[MigrationStep]:
        """Yield the way down and up again."""
        assert isinstance(step, RevisionStep)
        revision = step.revision
        is_wanted = self._history.downgrades and revision.revision in self._history.wanted
        is_empty = Source(Path(revision.path)).is_empty("downgrade")
        if is_wanted and not is_empty and not is_irreversible(revision):
            yield down(context.script, revision)
            yield up(context.script, revision)


def _by_index(url: URL) -> URL:
    given = url.query.get("options", "")
    return url.update_query_dict({"options": f"{given} {_BY_INDEX}".strip()})
