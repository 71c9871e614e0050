"""One PostgreSQL for the package's tests in a process, and a service on it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from databases import rows
from sqlalchemy import URL

from workflow.server import embedded_server, folder_in_memory
from workflow.workbench import Workbench, workbench


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
