"""The projects of the course: the empty one, and the one that it ends with."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from baking import bake_on_the_command_line
from running import make

from documents.blocks import DocumentError

PROJECT, FINISHED = "blog", "finished"
COMMITTER = {"user.name": "You", "user.email": "you@example.com"}


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
    """Give the project a git history if it lies in another's, and a committer if git knows none."""
    if not (project / ".git").exists():
        _git(project, "init", "--initial-branch=main")
    for name, value in COMMITTER.items():
        if _git(project, "config", name, check=False).returncode:
            _git(project, "config", name, value)
    if _git(project, "rev-parse", "HEAD", check=False).returncode:
        _git(project, "add", ".")
        _git(project, "commit", "--message=Start")


def _git(project: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=project, check=check, capture_output=True)
