"""Refusals of Alembic and the workflow, in words instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic.util import CommandError

from alembic_workflow.database.errors import explained


@contextmanager
def failing_in_words() -> Iterator[None]:
    """Let what Alembic and the workflow refuse fail the test, without a traceback."""
    try:
        yield
    except CommandError as error:
        pytest.fail(str(error), pytrace=False)


@contextmanager
def ending_in_words() -> Iterator[None]:
    """Let it end the run of the tests, with one sentence and status 1.

    For what runs before any test, such as `pytest_configure`: a revision that is refused, or
    models that cannot be imported.
    """
    try:
        with explained():
            yield
    except CommandError as error:
        pytest.exit(str(error), returncode=1)
