"""Prints where the time of a comparison goes; runs inside the project that migrations.py bakes."""

import time
from typing import Any

from alembic import context
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic_workflow.commands.main import run_task
from alembic_workflow.database.connections import connect
from alembic_workflow.database.scratch import scratch_database
from alembic_workflow.replay.history import history_catalog, replay
from alembic_workflow.replay.models import models_catalog


class Laps:
    """Prints the seconds since the last call."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def __call__(self, name: str) -> float:
        seconds = time.perf_counter() - self._last
        print(f"  {name:34} {seconds:7.2f} s", flush=True)
        self._last = time.perf_counter()
        return seconds


def measure(environment: Any) -> None:
    lap = Laps()
    server = environment.database().scratch_server
    with scratch_database(server) as url, connect(url, "bench") as connection:
        lap("scratch: create a database")
        replay(environment, connection)
        lap("replay: all revisions")
        history = history_catalog(environment, connection)
        lap("compare: catalog of the history")
        models = models_catalog(environment, {})
        lap("compare: create_all, its catalog")
        assert models == history
        times = []
        for name, configure in {"ours": ours, "plain": plain}.items():
            migration = configure(environment, connection, models, history)
            produce_migrations(migration, migration.opts["target_metadata"])
            lap(f"(autogenerate, {name}, first)")
        for _ in range(3):
            for name, configure in {"ours": ours, "plain": plain}.items():
                migration = configure(environment, connection, models, history)
                produce_migrations(migration, migration.opts["target_metadata"])
                times.append(lap(f"compare: autogenerate, {name}"))
    lap("scratch: drop it")
    ratio = min(times[::2]) / min(times[1::2])
    print(f"  autogenerate up to date, ours/plain {ratio:6.2f}")


def ours(environment: Any, connection: Any, models: Any, history: Any) -> MigrationContext:
    environment.configure(connection=connection, models=models, history=history)
    return context.get_context()


def plain(environment: Any, connection: Any, models: Any, history: Any) -> MigrationContext:
    options = {
        "target_metadata": environment.metadata[0],
        "version_table": environment.version_table,
    }
    return MigrationContext.configure(connection, opts=options)


run_task(measure)
