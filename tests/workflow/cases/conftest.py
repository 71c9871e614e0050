"""A service that has no models yet."""

import pytest

from workflow.workbench import Workbench


@pytest.fixture(scope="module")
def bench(bench: Workbench) -> Workbench:
    """A service that has no models, no revisions, and an empty database."""
    bench.empty()
    bench.keep()
    return bench
