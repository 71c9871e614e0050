"""Fixtures: projects to look at, and projects to change."""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from baking import Bakery, Project, bake
from running import stop_postgres, succeed


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Use a temporary folder of this run alone, and let Ctrl-C reach what the tests start.

    Every pytest that starts closes the usual one to other users, and a PostgreSQL that root has
    started in there runs as another user. A job in the background of a script ignores Ctrl-C, and
    so does all that it starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.option.basetemp is None:
        folder = tempfile.mkdtemp(prefix="cookiecutter-fastapi-alembic-")
        config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))
        config.option.basetemp = Path(folder, "tests")


@pytest.fixture(scope="session")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Bakery:
    """Call it with answers for a project that other tests look at, too."""
    return Bakery(tmp_path_factory.mktemp("bakery"))


@pytest.fixture(name="bake")
def _bake(tmp_path: Path) -> Callable[..., Project]:
    """Call it with answers for a project of the test's own."""
    return partial(bake, tmp_path)


@pytest.fixture(scope="module")
def migrated_blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """An installed and migrated blog, which the tests of a module share."""
    project = bake(tmp_path_factory.mktemp("blog"), starter="blog")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)
