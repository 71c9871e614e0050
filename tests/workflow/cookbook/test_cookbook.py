"""Every page of the cookbook can be followed while a service goes on, and back again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow.cookbook.following import Following, fill, without_durations
from workflow.cookbook.pages import PAGES, Page
from workflow.workbench import Workbench

ROWS = 2000


@pytest.fixture(scope="module")
def bench(bench: Workbench) -> Workbench:
    """The service, whose tables have rows."""
    fill(bench, ROWS)
    return bench


@pytest.fixture(autouse=True)
def _no_copy_is_left(bench: Workbench) -> Iterator[None]:
    yield
    bench.sql('DROP DATABASE IF EXISTS "otherwise" WITH (FORCE)', database="postgres")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_service_goes_on_while_a_page_is_followed_and_undone(
    project: Workbench, path: Path
) -> None:
    page = Page(path)

    measured = Following(project, page, ROWS).follow()

    assert without_durations(measured) == without_durations(page.measures), "\n".join(measured)
