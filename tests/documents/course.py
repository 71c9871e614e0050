"""The course: `python -m documents.course outputs [n]`, or `lesson n`.

`outputs` follows the lessons and writes what their commands print into them, for review. `lesson`
makes a project that is ready at the beginning of lesson n.
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from baking import LEFT_BY_TOOLS, ROOT, TEMPLATE, bake_on_the_command_line
from databases import rows
from running import make

from documents.blocks import DocumentError
from documents.checkpoints import database_url, restore, save
from documents.execution import Execution, Report

LESSONS = sorted((ROOT / "docs" / "course").glob("[0-9][0-9]-*.md"))
BUILD = ROOT / "build" / "course"
PROJECT, FINISHED = "blog", "finished"


def start(folder: Path) -> Path:
    """Make the empty project, and beside it the one that the course ends with; return the first."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="course-") as bakery:
        for slug, starter in ((PROJECT, "blank"), (FINISHED, "blog")):
            answers = ("project_name=Blog", f"project_slug={slug}", f"starter={starter}")
            result = bake_on_the_command_line(Path(bakery), *answers)
            if result.returncode:
                raise DocumentError(result.stdout + result.stderr)
            shutil.move(Path(bakery, "out", slug), folder)
    return folder / PROJECT


def follow(execution: Execution, project: Path, checkpoints: Path, lessons: Sequence[Path]) -> None:
    """Run the lessons, and keep the state after each as the checkpoint of the next."""
    for lesson in lessons:
        print(lesson.stem, file=sys.stderr, flush=True)
        execution.run(lesson)
        save(project, checkpoints / f"{number(lesson) + 1:02}")


def number(lesson: Path) -> int:
    """Return the number in the lesson's file name."""
    return int(lesson.name[:2])


def checkpoints_folder(before: int) -> Path:
    """Return the folder of checkpoints of this template and of the lessons before this one."""
    sources = [
        path
        for folder in (TEMPLATE, ROOT / "hooks")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and LEFT_BY_TOOLS.isdisjoint(path.parts)
    ]
    digest = hashlib.sha256()
    for path in [*sources, *LESSONS[: before - 1]]:
        digest.update(str(path).encode() + path.read_bytes())
    return BUILD / "checkpoints" / digest.hexdigest()[:12]


def project_at(n: int, folder: Path) -> Path:
    """Return a project in the folder that is ready at the beginning of lesson n."""
    if n == 1:
        project = start(folder)
        _succeed(project, "db")
        return project
    kept = checkpoints_folder(n) / f"{n:02}"
    if not kept.exists():
        _make_checkpoints(n, kept.parent)
    return restore(kept, folder, PROJECT)


def _make_checkpoints(n: int, folder: Path) -> None:
    shutil.rmtree(folder.parent, ignore_errors=True)
    with _Project() as project:
        execution = Execution(project)
        follow(execution, project, folder, LESSONS[: n - 1])


def outputs(n: int | None) -> Report:
    """Follow all lessons, or those up to n, and write what they print into them."""
    with _Project() as project:
        execution = Execution(project, rewrite=True)
        follow(execution, project, project.parent / "checkpoints", LESSONS[:n])
        return execution.report


class _Project:
    """A project for one run, which is deleted after it."""

    def __enter__(self) -> Path:
        self._folder = Path(tempfile.mkdtemp(prefix="course-"))
        self._project = start(self._folder / "projects")
        _succeed(self._project, "db")
        # Nothing in it has to survive a crash, so nothing waits for the disk.
        rows(database_url(self._project), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        return self._project

    def __exit__(self, *_: object) -> None:
        make(self._project, "db-stop")
        shutil.rmtree(self._folder, ignore_errors=True)


def _succeed(project: Path, target: str) -> None:
    result = make(project, target)
    if result.returncode:
        raise DocumentError(result.stdout + result.stderr)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("lesson", "outputs"))
    parser.add_argument("n", nargs="?", type=int, choices=range(1, len(LESSONS) + 1))
    arguments = parser.parse_args()
    try:
        if arguments.command == "outputs":
            report = outputs(arguments.n)
            print(f"{report.commands} commands, {report.outputs} outputs, {report.edits} edits.")
            return
        folder = BUILD / f"lesson-{arguments.n:02}"
        if folder.exists():
            sys.exit(f"{folder.relative_to(ROOT)} is there already: go on in it, or delete it.")
        project = project_at(arguments.n, folder)
        print(f"{LESSONS[arguments.n - 1].relative_to(ROOT)} begins in {project.relative_to(ROOT)}")
    except DocumentError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
