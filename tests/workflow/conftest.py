"""One PostgreSQL for the package's tests in a process, and a service on it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from databases import rows
from sqlalchemy import URL

from workflow.server import embedded_server
from workflow.workbench import Workbench, workbench

ROOM = 2 * 1024**3


def folder_in_memory() -> str | None:
    """Return a folder whose files are in memory, or None if there is none with room.

    ext4 looks through all files that were deleted in the last seconds to make one, and a test makes
    and drops databases of some hundred files each.
    """
    folder = "/dev/shm"
    has_room = Path(folder).is_dir() and shutil.disk_usage(folder).free > ROOM
    return folder if has_room and os.access(folder, os.W_OK) else None


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """The URL of a database of an embedded PostgreSQL, started as generated projects start it."""
    with TemporaryDirectory(dir=folder_in_memory()) as folder, embedded_server(Path(folder)) as url:
        # Nothing in it has to survive a crash, so nothing waits for the disk.
        rows(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, server: URL) -> Iterator[Workbench]:
    """A migrated service, which the tests of a module share."""
    with workbench(tmp_path_factory.mktemp("service"), server) as bench:
        yield bench


@pytest.fixture
def project(bench: Workbench) -> Iterator[Workbench]:
    """The service, put back as it was afterwards."""
    yield bench
    bench.restore()
