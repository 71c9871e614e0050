"""The course: `python -m documents.course outputs [n]`, or `lesson n`.

`outputs` follows all lessons, or lesson n, and writes what their commands print into them, for
review. `lesson` makes a project that is ready at the beginning of lesson n.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from baking import LEFT_BY_TOOLS, ROOT, TEMPLATE
from running import make

from documents import checkpoints
from documents.blocks import DocumentError
from documents.execution import Execution, Report
from documents.projects import PROJECT, start

LESSONS = sorted((ROOT / "docs" / "course").glob("[0-9][0-9]-*.md"))
BUILD = ROOT / "build" / "course"
IDS = "ids.json"
EVERY_LESSON = range(1, len(LESSONS) + 2)


class Course:
    """The lessons, and the states in which they begin, kept in a folder."""

    def __init__(self, kept: Path, begun: Container[int] = EVERY_LESSON) -> None:
        """Keep there the states at the beginning of these lessons."""
        self._kept = kept
        self._begun = begun

    def project_at(self, n: int, folder: Path) -> Path:
        """Return a new project in the folder, ready at the beginning of lesson n.

        It begins with the latest state that is kept, and follows the lessons from there on. Raises
        DocumentError if they cannot be followed.
        """
        return self.execution_at(n, folder).project

    def execution_at(self, n: int, folder: Path, *, rewrite: bool = False) -> Execution:
        """Return what goes on with lesson n in such a project."""
        known = [each for each in range(2, n + 1) if self.checkpoint(each).exists()]
        if known:
            project = checkpoints.restore(self.checkpoint(known[-1]), folder, PROJECT)
            ids = json.loads((self.checkpoint(known[-1]) / IDS).read_text())
        else:
            project, ids = start(folder), {}
        before = Execution(project, ids=ids)
        self.follow(before, known[-1] if known else 1, n - 1)
        return Execution(project, ids=before.ids, rewrite=rewrite)

    def follow(self, execution: Execution, first: int, last: int) -> Report:
        """Run these lessons, and keep the states in which others begin.

        Raises DocumentError if one cannot be followed.
        """
        for n in range(first, last + 1):
            print(f"Following {LESSONS[n - 1].stem} ...", file=sys.stderr, flush=True)
            execution.run(LESSONS[n - 1])
            if n + 1 in self._begun:
                self._keep(execution, n + 1)
        return execution.report

    def _keep(self, execution: Execution, n: int) -> None:
        for outdated in self._kept.glob(f"{n:02}-*"):
            shutil.rmtree(outdated)
        checkpoints.save(execution.project, self.checkpoint(n))
        (self.checkpoint(n) / IDS).write_text(json.dumps(execution.ids))

    def checkpoint(self, n: int) -> Path:
        """Return where the state at the beginning of lesson n is kept.

        The name is that of this template and of the lessons before: what they make.
        """
        sources = [
            path
            for folder in (TEMPLATE, ROOT / "hooks")
            for path in sorted(folder.rglob("*"))
            if path.is_file() and LEFT_BY_TOOLS.isdisjoint(path.parts)
        ]
        digest = hashlib.sha256()
        for path in [*sources, *LESSONS[: n - 1]]:
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
        return self._kept / f"{n:02}-{digest.hexdigest()[:12]}"


def outputs(n: int | None) -> Report:
    """Follow all lessons, or lesson n, and write what they print into them."""
    course = Course(BUILD / "checkpoints")
    folder = Path(tempfile.mkdtemp(prefix="course-"))
    try:
        execution = course.execution_at(n or 1, folder / "projects", rewrite=True)
        return course.follow(execution, n or 1, n or len(LESSONS))
    finally:
        _delete(folder / "projects")
        folder.rmdir()


def lesson(n: int) -> Path:
    """Return a project in build/ that is ready at the beginning of lesson n.

    Raises DocumentError if there is one already.
    """
    folder = BUILD / f"lesson-{n:02}"
    with making(folder):
        return Course(BUILD / "checkpoints").project_at(n, folder)


@contextmanager
def making(folder: Path) -> Iterator[None]:
    """Delete what an earlier attempt left of the folder, unless it came to its end.

    Raises DocumentError if it did.
    """
    unfinished = folder.with_suffix(".unfinished")
    if unfinished.exists():
        _delete(folder)
    elif folder.exists():
        name = os.path.relpath(folder, ROOT)
        raise DocumentError(
            f"{name}/ is there already: go on in it, or delete it with "
            f"'make -C {name}/{PROJECT} db-stop && rm -rf {name}'."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    yield
    unfinished.unlink()


def _delete(projects: Path) -> None:
    if (project := projects / PROJECT).exists():
        make(project, "db-stop")
    shutil.rmtree(projects, ignore_errors=True)


def main() -> None:
    """Run the command line; exit with status 1 and the reason if a lesson cannot be followed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("lesson", "outputs"))
    parser.add_argument("n", nargs="?", type=int, choices=range(1, len(LESSONS) + 1))
    arguments = parser.parse_args()
    try:
        if arguments.command == "outputs":
            report = outputs(arguments.n)
            print(f"{report.commands} commands, {report.outputs} outputs, {report.edits} edits.")
        else:
            project, page = lesson(arguments.n), LESSONS[arguments.n - 1]
            print(f"{page.relative_to(ROOT)} begins in {project.relative_to(ROOT)}/")
    except DocumentError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
