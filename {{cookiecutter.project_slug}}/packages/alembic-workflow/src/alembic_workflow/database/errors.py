"""Errors as a person reads them: what happened, why, what to do next."""

import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from alembic.script.revision import (
    MultipleHeads,
    RangeNotAncestorError,
    ResolutionError,
    RevisionError,
)
from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from alembic_workflow.database.import_errors import explain_import_error, is_revision

STATUS_AFTER_CTRL_C = 130
UNDEFINED_TABLE = "42P01"

_ROLLED_BACK = "What that revision had not committed was rolled back; those before it stay."
PRINTED = "Nothing was run."
IN_SCRATCH_DATABASE = "It ran in a scratch database; yours is as it was."
_AGAIN = "run the command again."
_ADVICE_BY_CODE = {
    "3F000": "Create the schema, or have the right to use it granted.",
    "23502": "Rows that are there have no value for it; make lint-migrations shows the way. Then "
    f"{_AGAIN}",
    "42501": "Use the role that owns the tables, or have the right granted.",
    "53100": f"Make room on the server's disk and {_AGAIN}",
    "53200": f"Raise max_locks_per_transaction or the server's memory, and {_AGAIN}",
    "57014": f"If it is statement_timeout, raise it or do less at once; {_AGAIN}",
}
_ADVICE_ON_CONNECTING = {
    "does not exist": "Create it, or correct DATABASE_URL.",
    "authentication failed": "Correct DATABASE_URL.",
    "no password supplied": "Correct DATABASE_URL.",
    "pg_hba.conf": "Correct DATABASE_URL, or have the server let you in.",
    "permission denied": "Have the right granted, or correct DATABASE_URL.",
    "FATAL": f"Wait until it takes connections, and {_AGAIN}",
}
_ADVICE_BY_TEXT = {
    "didn't produce": "There are not that many revisions from here; make history shows them.",
    "not a valid downgrade target": "make downgrade goes to an earlier revision, make upgrade to a "
    "later one; make history shows them.",
    "Ambiguous walk": "History has branches here: name the revision to go to; make history shows "
    "them. Two heads become one with make rebase or make merge.",
    "has multiple heads": "Put your revision after the other (make rebase), or join them (make "
    "merge m='...').",
    "from multiple heads": "Name the revision to go to, or first put yours after the other (make "
    'rebase) or join them (make merge m="...").',
    "more than once": "Two files have one id: give one of them another.",
    "referenced from": "Correct down_revision in the second, or bring the file of the first back.",
    "Cycle is detected": "Correct down_revision in one of their files.",
    "Self-loop is detected": "Correct down_revision in its file.",
}


class ExplainedError(CommandError):
    """An error whose message is meant for a person already."""


@contextmanager
def explained(
    url: Callable[[], URL] | None = None, *, outcome: str = _ROLLED_BACK
) -> Iterator[None]:
    """Turn what goes wrong inside into a CommandError that a person understands.

    Takes how to get the URL of the database, if it is known, and a sentence that says what became
    of a revision that failed. After Ctrl-C it says so and raises
    SystemExit. An error in the workflow itself, which no user can mend, is left as it is.
    """
    # Alembic warns, and then raises KeyError, or takes any of the heads.
    warnings.filterwarnings("error", message="Revision .* referenced from .* is not present")
    warnings.filterwarnings("error", message="downgrade .* from multiple heads is ambiguous")
    try:
        yield
    except ExplainedError:
        raise
    except KeyboardInterrupt:
        _end_after_ctrl_c()
    except BrokenPipeError:
        _end_without_reader()
    except SystemExit as error:
        if _place_in_revision(error) is None:
            raise
        raise ExplainedError(_explanation(error, url, outcome) or "") from error
    except Exception as error:
        root = _root(error)
        if isinstance(root, KeyboardInterrupt):
            _end_after_ctrl_c()
        message = _explanation(root, url, outcome)
        if message is None:
            raise
        raise ExplainedError(message) from error


def _end_after_ctrl_c() -> NoReturn:
    message = f"Interrupted. What was not committed is rolled back. To go on, {_AGAIN}"
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


def _explanation(error: BaseException, url: Callable[[], URL] | None, outcome: str) -> str | None:
    if (explanation := explain_import_error(error)) is not None:
        return explanation
    if isinstance(error, DBAPIError):
        return _of_database(error, url, outcome)
    if isinstance(error, CommandError):
        return _of_alembic(error, error.__cause__)
    if isinstance(error, RevisionError | UserWarning):
        return _of_alembic(error, error)
    place = _place_in_revision(error)
    if place is None:
        return None
    return f"{place}: {type(error).__name__}: {error}. {outcome} Correct it and {_AGAIN}"


def _of_alembic(error: Exception, cause: BaseException | None) -> str:
    match cause:
        case ResolutionError() if str(cause).startswith("Multiple revisions"):
            return f"Several revisions begin with {cause.argument!r}; write more of it."
        case ResolutionError():
            return (
                f"No revision is called {cause.argument!r} or begins so; make history lists them."
            )
        case MultipleHeads():
            heads = ", ".join(cause.heads)
            return (
                f"History has several heads: {heads}. Put your revision after the other "
                '(make rebase), or join them (make merge m="...").'
            )
        case RangeNotAncestorError():
            return f"{error}. make history shows the order of the revisions."
    advice = [text for part, text in _ADVICE_BY_TEXT.items() if part in str(error)]
    return f"{str(error).rstrip('.')}. {advice[0]}" if advice else str(error)


def _of_database(error: DBAPIError, url: Callable[[], URL] | None, outcome: str) -> str:
    code = getattr(error.orig, "pgcode", None) or ""
    text = _first_lines(error)
    place = _place_in_revision(error)
    if error.connection_invalidated:
        advice = f"The connection was lost. When the server answers, {_AGAIN}"
    elif code == UNDEFINED_TABLE and "alembic_version" in text:
        advice = (
            "A revision has changed search_path, as the first lines of a dump do. Take that out."
        )
    elif place is None and not code and url is not None:
        return f"{_database(url())}: {text}. {_advice_on_connecting(text)}"
    else:
        advice = _ADVICE_BY_CODE.get(code, f"Correct it and {_AGAIN}" if place else "")
    if place is None:
        return f"PostgreSQL says: {text}. {advice}".rstrip()
    return f"{place}: {text}. {outcome} {advice}"


def _database(url: URL) -> str:
    host = url.host or url.query.get("host", "localhost")
    return f"PostgreSQL at {host}, port {url.port or 5432}, database {url.database}"


def _advice_on_connecting(text: str) -> str:
    advice = [advice for part, advice in _ADVICE_ON_CONNECTING.items() if part in text]
    return advice[0] if advice else "Start it, or correct DATABASE_URL."


def _first_lines(error: DBAPIError) -> str:
    """Return PostgreSQL's message and detail in one line; what follows repeats the statement."""
    lines = str(error.orig).strip().splitlines()
    kept = [lines[0].rpartition("failed: ")[2]]
    kept += [line.removeprefix("DETAIL:").strip() for line in lines if line.startswith("DETAIL:")]
    return "; ".join(" ".join(line.rstrip(".").split()) for line in kept)


def _place_in_revision(error: BaseException) -> str | None:
    """Return file and line of the innermost call in a revision, if the error came through one."""
    places = [
        f"{Path(frame.f_code.co_filename).name}, line {line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_revision(frame)
    ]
    return places[-1] if places else None
