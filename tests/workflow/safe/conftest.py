from collections.abc import Iterator

import pytest

from workflow.workbench import Workbench


@pytest.fixture
def service(filled: Workbench) -> Iterator[Workbench]:
    """The service, put back as it was afterwards."""
    yield filled
    filled.restore()
