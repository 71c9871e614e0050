"""Explanations of errors, with advice, by the type of the error and by SQLSTATE.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from alembic.script.revision import (
    CycleDetected,
    MultipleHeads,
    RangeNotAncestorError,
    ResolutionError,
    RevisionError,
)
from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import CompileError, DBAPIError

from alembic_workflow.command_names import command
from alembic_workflow.database.import_errors import (
    explain_import_error,
    is_revision,
    lack_of_revision,
)

AGAIN = "run the command again."
UNDEFINED_TABLE = "42P01"
NOT_NULL_VIOLATION = "23502"
_DUPLICATE = "Revision .* is present more than once"
_MISSING = "Revision .* referenced from .* is not present"
_NAMELESS = "it has no name"
_AMBIGUOUS = "downgrade .* from multiple heads is ambiguous"
_ADVICE = {
    "25006": "The server is a replica, or read-only for this role; use one that may be written to.",
    "3F000": "Create the schema, or have the right to use it granted.",
    "42501": "Use the role that owns the tables, or have the right granted.",
    "53100": f"Make room on the server's disk and {AGAIN}",
    "53200": f"Raise max_locks_per_transaction or the server's memory, and {AGAIN}",
    "57014": f"If it is statement_timeout, raise it or do less at once; {AGAIN}",
}


def explanation(error: BaseException, url: Callable[[], URL] | None, outcome: str) -> str | None:
    """Return the error in words, or None if it is one in the workflow itself.

    Takes how to get the URL of the database, if it is known, and a sentence that says what became
    of a revision that failed.
    """
    if (of_import := explain_import_error(error)) is not None:
        return of_import
    if isinstance(error, DBAPIError):
        return _of_database(error, url, outcome)
    if isinstance(error, CommandError):
        return _of_history(error, error.__cause__)
    if isinstance(error, RevisionError | UserWarning):
        return _of_history(error, error)
    if (lack := lack_of_revision(error)) is not None:
        return f"{lack} Nothing was run."
    place = place_in_revision(error)
    if place is None:
        return None
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, CompileError) and said.endswith(_NAMELESS):
        said = "a constraint cannot be dropped without its name; give it one where it is made, too"
    return f"{place}: {said}. {outcome} Correct it and {AGAIN}"


def place_in_revision(error: BaseException) -> str | None:
    """Return file and line of the innermost call in a revision, if the error came through one."""
    places = [
        f"{Path(frame.f_code.co_filename).name}, line {line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_revision(frame)
    ]
    return places[-1] if places else None


def _of_history(error: Exception, cause: BaseException | None) -> str:
    said, history = str(error).rstrip("."), command("history")
    match cause:
        case ResolutionError() if str(cause).startswith("Multiple revisions"):
            return f"Several revisions begin with {cause.argument!r}; write more of it."
        case ResolutionError():
            return f"No revision is called {cause.argument!r} or begins so; {history} lists them."
        case MultipleHeads():
            return f"History has several heads: {', '.join(cause.heads)}. {joining_heads()}"
        case RangeNotAncestorError():
            return f"{said}. {history} shows the order of the revisions."
        case CycleDetected():
            return f"{said}. Correct down_revision in one of the files."
        case UserWarning():
            return f"{said}. {_advice_on_warning(said)}"
        case RevisionError():
            return f"{said}. {history} shows the revisions and where the database is."
    return str(error)


def turn_warnings_into_errors() -> None:
    """Let Alembic raise what it only warns of before it fails, or takes any revision."""
    for message in (_DUPLICATE, _MISSING, _AMBIGUOUS):
        warnings.filterwarnings("error", message=message)


def _advice_on_warning(text: str) -> str:
    if re.match(_DUPLICATE, text):
        return "Two files have one id: give one of them another."
    if re.match(_MISSING, text):
        return "Correct down_revision in the second, or bring the file of the first back."
    return f"Name the revision to go to, or first have one head. {joining_heads()}"


def joining_heads() -> str:
    """Return what to do about several heads."""
    return (
        f"Put your revision after the other ({command('rebase')}), or join them "
        f"({command('merge')})."
    )


def _of_database(error: DBAPIError, url: Callable[[], URL] | None, outcome: str) -> str:
    code = getattr(error.orig, "pgcode", None) or ""
    text = _first_lines(error)
    place = place_in_revision(error)
    if error.connection_invalidated:
        advice = f"The connection was lost. When the server answers, {AGAIN}"
    elif code == UNDEFINED_TABLE and place is None:
        advice = (
            "If that is Alembic's own table, a revision has changed search_path, as the first "
            "lines of a dump do. Take that out."
        )
    elif code == NOT_NULL_VIOLATION:
        advice = (
            f"Rows that are there have no value for it; {command('lint-migrations')} shows the "
            f"way. Then {AGAIN}"
        )
    elif place is None and not code and url is not None:  # libpq gives no code on connecting
        return f"{_database(url())}: {text}. See that it runs and lets you in, or correct its URL."
    else:
        advice = _ADVICE.get(code, f"Correct it and {AGAIN}" if place else "")
    if place is None:
        return f"PostgreSQL says: {text}. {advice}".rstrip()
    return f"{place}: {text}. {outcome} {advice}"


def _database(url: URL) -> str:
    host = url.host or url.query.get("host", "localhost")
    return f"PostgreSQL at {host}, port {url.port or 5432}, database {url.database}"


def _first_lines(error: DBAPIError) -> str:
    """Return PostgreSQL's message, detail and hint in one line; the rest repeats the statement."""
    lines = str(error.orig).strip().splitlines()
    kept = [lines[0].rpartition("failed: ")[2]]
    for word in ("DETAIL:", "HINT:"):
        kept += [line.removeprefix(word).strip() for line in lines if line.startswith(word)]
    return "; ".join(" ".join(line.rstrip(".").split()) for line in kept)
