"""Errors that end a command, each in words that a person understands."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import PendingRollbackError

from alembic_workflow.database.explanations import (
    AGAIN,
    explanation,
    place_in_revision,
    turn_warnings_into_errors,
)

STATUS_AFTER_CTRL_C = 130
_ROLLED_BACK = "What that revision had not committed was rolled back; those before it stay."
PRINTED = "Nothing was run."
IN_SCRATCH_DATABASE = "It ran in a scratch database; yours is as it was."


class ExplainedError(CommandError):
    """An error whose message is meant for a person already."""


@contextmanager
def explained(
    url: Callable[[], URL] | None = None, *, outcome: str = _ROLLED_BACK
) -> Iterator[None]:
    """Turn what goes wrong inside into a CommandError that a person understands.

    Takes how to get the URL of the database, if it is known, and a sentence that says what became
    of a revision that failed. After Ctrl-C it says so and raises SystemExit. An error in the
    workflow itself, which no user can mend, is left as it is.
    """
    turn_warnings_into_errors()
    try:
        yield
    except ExplainedError:
        raise
    except KeyboardInterrupt:
        _end_after_ctrl_c()
    except BrokenPipeError:
        _end_without_reader()
    except SystemExit as error:
        if place_in_revision(error) is None:
            raise
        raise ExplainedError(explanation(error, url, outcome) or "") from error
    except Exception as error:
        root = _root(error)
        if isinstance(root, KeyboardInterrupt):
            _end_after_ctrl_c()
        message = explanation(root, url, outcome)
        if message is None:
            raise
        raise ExplainedError(message) from error


def _end_after_ctrl_c() -> NoReturn:
    message = f"Interrupted. What was not committed is rolled back. To go on, {AGAIN}"
    print(message, file=sys.stderr)
    sys.exit(STATUS_AFTER_CTRL_C)


def _end_without_reader() -> NoReturn:
    """End in silence: who reads the output has seen enough, as `head` has.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


def _root(error: Exception) -> BaseException:
    """Return what happened first, if cleaning up on a connection that was lost failed as well."""
    root: BaseException = error
    while isinstance(root, PendingRollbackError) and root.__context__ is not None:
        root = root.__context__
    return root
