"""Errors of the service's own modules while they are imported, told by file and line."""

import traceback
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from alembic_workflow.alembic_internals import file_with_dependencies

_NEEDS_NAME = "requires that constraint is explicitly named"
PACKAGE = Path(__file__).parents[1]
LIBRARIES = "site-packages"
MODULE = "<module>"


class Place(NamedTuple):
    """A line that was running, or that cannot be read."""

    file: Path
    line: int | None
    function: str
    """Its name, or MODULE outside of any."""
    is_of_revision: bool = False


def explain_import_error(error: BaseException) -> str | None:
    """Return which of the service's own modules cannot be imported, and why; else None.

    The place is the innermost line of its own code, however deep in a library the error lies. Its
    own is what lies below the current folder and is no library.
    """
    places = _own_places(error)
    if not any(place.function == MODULE for place in places):
        return None
    if any(place.is_of_revision and place.function != MODULE for place in places):
        return None  # a revision that runs has imported it
    innermost = places[-1]
    line = f", line {innermost.line}" if innermost.line else ""
    said = ": ".join(filter(None, [f"{innermost.file}{line}", *in_words(error)]))
    return f"{said}. Nothing was run. Correct it and run the command again."


def in_words(error: BaseException) -> list[str]:
    """Return the kind of an error and its reason; what SQLAlchemy says of a constraint, clearer."""
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    if isinstance(error, SQLAlchemyError) and _NEEDS_NAME in reason:
        return [
            "a CHECK constraint has no name, and by the naming convention it needs one. Write "
            'CheckConstraint(..., name="..."), or name= in the Enum or Boolean that makes it'
        ]
    return [type(error).__name__, _one_line(reason)]


def lack_of_revision(error: BaseException) -> str | None:
    """Return what a revision's file lacks that Alembic takes for granted; else None."""
    if isinstance(error, AttributeError) and error.name in ("upgrade", "downgrade"):
        path = getattr(error.obj, "__file__", None)
        lack = f"it has no {error.name}(). Write it, if only with pass."
        return f"{Path(path).name}: {lack}" if path else None
    if isinstance(error, KeyError) and (file := file_with_dependencies(error)):
        missing = f"it depends on {error.args[0]!r}, and there is no such revision."
        return f"{file}: {missing} Correct depends_on."
    return None


def is_revision(frame: FrameType) -> bool:
    """Return whether the frame is of a module of Alembic's history."""
    return "down_revision" in frame.f_globals and "revision" in frame.f_globals


def _own_places(error: BaseException) -> list[Place]:
    """Return what this package, or who else handles the error, has called; the innermost last."""
    found = [
        Place(Path(frame.f_code.co_filename), line, frame.f_code.co_name, is_revision(frame))
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError) and error.filename is not None:
        found.append(Place(Path(error.filename), error.lineno, MODULE))
    folder = Path.cwd()
    places: list[Place] = []
    for place in found:
        if place.file.is_relative_to(PACKAGE):
            places.clear()
        elif place.file.is_relative_to(folder) and LIBRARIES not in place.file.parts:
            places.append(place._replace(file=place.file.relative_to(folder)))
    return places


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
