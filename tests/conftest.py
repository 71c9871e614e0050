"""Fixtures: projects to look at, and projects to change."""

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from baking import Bakery, Project, bake


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Use a temporary folder of this run alone.

    Every pytest that starts closes the usual one to other users, and a PostgreSQL that root has
    started in there runs as another user.
    """
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
