"""The projects of the course: the empty one, and the one that it ends with."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from baking import bake_on_the_command_line
from running import make

from documents.blocks import DocumentError

PROJECT, FINISHED = "blog", "finished"


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
    """Give the project an author of commits, and a history, which a bake in another one leaves out.

    Whoever has never used git on this machine has no author, and git refuses to commit.
    """
    begin = [["init", "--initial-branch=main"], ["add", "."], ["commit", "--message=Start"]]
    author = [["config", "user.name", "You"], ["config", "user.email", "you@example.com"]]
    commands = author if (project / ".git").exists() else [begin[0], *author, *begin[1:]]
    for command in commands:
        subprocess.run(["git", *command], cwd=project, check=True, capture_output=True)
