"""Runs the history in a scratch database, and records what the revisions to be judged do."""

from collections.abc import Collection, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

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
_OFF = ("seqscan", "bitmapscan", "indexonlyscan", "mergejoin", "hashjoin")
# What costs as much as those plans seem to would be compiled, for seconds each.
_BY_INDEX = " ".join(("-c jit=off", *(f"-c enable_{each}=off" for each in _OFF)))


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
                return
            except CommandError:
                way, recording = run.current
                is_refused = recording is not None and recording.failure is not None
                if way is None or recording is None or (way in without_rows and not is_refused):
                    raise
            recording.is_partial = way not in without_rows
            self.recordings.setdefault(way, []).append(recording)
            if way in without_rows:
                return
            without_rows.add(way)


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
            raw: Any = self._connection.connection.dbapi_connection
            self._history.server_version = raw.server_version // 10000
            self._recorder = Recorder(self._connection, environment.version_table)
            replay(environment, self._connection, observe=self._observe, detour=self._detour)

    @contextmanager
    def _observe(self, step: MigrationStep) -> Iterator[None]:
        assert isinstance(step, RevisionStep)
        way = Way(Path(step.revision.path), not step.is_upgrade)
        is_second_time = step.is_upgrade and way.path in self._before
        self.current = (None, None)
        if step.revision.revision not in self._history.wanted or is_second_time:
            yield
            return
        if not self._without_rows - self._done:
            self._fill()
        used = self._before.setdefault(way.path, self._used(step))
        self._done.add(way)
        recordings = self._history.recordings.setdefault(way, [])
        if any(not each.is_partial for each in recordings):
            yield  # by a run before, which stopped later
            return
        self.current = (way, None)
        with self._recorder.recording(way.path, used) as recording:
            self.current = (way, recording)
            yield
        recordings.append(recording)
        self.current = (None, None)

    def _used(self, step: RevisionStep) -> Used:
        """Return what is in use before a revision."""
        if self._released is not None and self._history.unreleased:
            return self._released
        used = self._recorder.used()
        # What the first one makes may be a database that was there before.
        self._released = used if step.revision.down_revision else None
        return used

    def _fill(self) -> None:
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
        source = Source(Path(revision.path))
        if is_wanted and not source.is_empty("downgrade") and not is_irreversible(revision):
            yield down(context.script, revision)
            yield up(context.script, revision)


def _by_index(url: URL) -> URL:
    return url.update_query_dict({"options": f"{url.query.get('options', '')} {_BY_INDEX}".strip()})
