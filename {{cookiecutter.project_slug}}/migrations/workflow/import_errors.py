"""Errors of the service's own modules while they are imported, told by file and line."""

import traceback
from pathlib import Path

PROJECT = Path(__file__).parents[2]
WORKFLOW = Path("migrations/workflow")
VERSIONS = Path("migrations/versions")
LIBRARIES = "site-packages"
MODULE = "<module>"

Place = tuple[Path, int | None, str]
"""A file of the project, a line, and the name of the function, or MODULE outside of any."""


def explain_import_error(error: BaseException) -> str | None:
    """Return which of the service's own modules cannot be imported, and why; else None.

    The place is the innermost line of its own code, however deep in a library the error lies.
    """
    places = _own_places(error)
    if not any(function == MODULE for *_, function in places):
        return None
    if any(file.parent == VERSIONS and function != MODULE for file, _, function in places):
        return None  # a revision that runs has imported it
    file, line, _ = places[-1]
    place = f"{file}, line {line}" if line else f"{file}"
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    said = ": ".join(filter(None, [place, type(error).__name__, _one_line(reason)]))
    return f"{said}. Nothing was run. Correct it and run the command again."


def _own_places(error: BaseException) -> list[Place]:
    """Return what the workflow, or who else handles the error, has called; the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [(frame.filename, frame.lineno, frame.name) for frame in frames]
    if isinstance(error, SyntaxError) and error.filename is not None:
        found.append((error.filename, error.lineno, MODULE))
    places: list[Place] = []
    for filename, line, function in found:
        path = Path(filename)
        if not path.is_relative_to(PROJECT):
            continue
        file = path.relative_to(PROJECT)
        if file.parent == WORKFLOW:
            places.clear()
        elif LIBRARIES not in file.parts:
            places.append((file, line, function))
    return places


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
