"""The course: `python -m documents.course outputs [n]`, or `lesson n`.

`outputs` follows all lessons, or lesson n, and writes what their commands print into them, for
review. `lesson` makes a project that is ready at the beginning of lesson n.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from baking import LEFT_BY_TOOLS, ROOT, TEMPLATE, bake_on_the_command_line
from running import make

from documents import checkpoints
from documents.blocks import DocumentError
from documents.execution import Execution, Report

LESSONS = sorted((ROOT / "docs" / "course").glob("[0-9][0-9]-*.md"))
BUILD = ROOT / "build" / "course"
PROJECT, FINISHED = "blog", "finished"
IDS = "ids.json"


def start(folder: Path) -> Path:
    """Make the empty project, and beside it the one that the course ends with; return the first.

    Raises DocumentError if that fails.
    """
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="course-") as bakery:
        for slug, starter in ((PROJECT, "blank"), (FINISHED, "blog")):
            answers = ("project_name=Blog", f"project_slug={slug}", f"starter={starter}")
            result = bake_on_the_command_line(Path(bakery), *answers)
            if result.returncode:
                raise DocumentError(result.stdout + result.stderr)
            shutil.move(Path(bakery, "out", slug), folder)
    _start_git(folder / PROJECT)
    result = make(folder / PROJECT, "db")
    if result.returncode:
        raise DocumentError(result.stdout + result.stderr)
    return folder / PROJECT


def _start_git(project: Path) -> None:
    """Give the project a git history if it lies in another's, where the bake makes none."""
    if (project / ".git").exists():
        return
    identity = ("-c", "user.name=You", "-c", "user.email=you@example.com")
    for command in (["init", "--initial-branch=main"], ["add", "."], ["commit", "--message=Start"]):
        subprocess.run(["git", *identity, *command], cwd=project, check=True, capture_output=True)


class Course:
    """The lessons, and the states in which they begin, kept in a folder."""

    def __init__(self, kept: Path) -> None:
        """Keep the states there."""
        self._kept = kept

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
        """Run these lessons, and keep the state after each.

        Raises DocumentError if one cannot be followed.
        """
        for n in range(first, last + 1):
            print(LESSONS[n - 1].stem, file=sys.stderr, flush=True)
            execution.run(LESSONS[n - 1])
            for outdated in self._kept.glob(f"{n + 1:02}-*"):
                shutil.rmtree(outdated)
            checkpoints.save(execution.project, self.checkpoint(n + 1))
            (self.checkpoint(n + 1) / IDS).write_text(json.dumps(execution.ids))
        return execution.report

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
    project = folder / "projects" / PROJECT
    try:
        execution = course.execution_at(n or 1, folder / "projects", rewrite=True)
        return course.follow(execution, n or 1, n or len(LESSONS))
    finally:
        make(project, "db-stop")
        shutil.rmtree(folder)


def lesson(n: int) -> Path:
    """Return a project in build/ that is ready at the beginning of lesson n.

    Raises DocumentError if there is one already.
    """
    folder = BUILD / f"lesson-{n:02}"
    if folder.exists():
        raise DocumentError(
            f"{folder.relative_to(ROOT)}/ is there already: go on in it, or delete it."
        )
    return Course(BUILD / "checkpoints").project_at(n, folder)


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
