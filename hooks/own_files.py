"""Keep what a user has where a bake writes and deletes.

With --overwrite-if-exists, cookiecutter writes over what is in the project, and post_gen_project.py
deletes what the options do without. What the user has in those places is set aside in between, by
each bake in a numbered folder, so that a bake that failed half-way has lost nothing.
"""

import filecmp
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from hooks.leftovers import INNER
from hooks.post_gen_project import remove

SET_ASIDE = Path(".cookiecutter-set-aside")
LEFT = "left-"


def refuse_files_for_folders(template: Path) -> Iterator[str]:
    """A file in the place of a folder would stop the bake half-way."""
    inner = template / INNER
    for path in inner.rglob("*"):
        name = path.relative_to(inner)
        if path.is_dir() and os.path.lexists(name) and not name.is_dir():
            yield f"{str(name)!a} is a file here, and a folder in the template; rename it."


def set_aside(paths: list[Path]) -> None:
    """Move what is where the bake will delete something."""
    numbers = [int(folder.name.removeprefix(LEFT)) for folder in SET_ASIDE.glob("*")]
    new = SET_ASIDE / f"{max(numbers, default=0) + 1:03}"
    for path in [*paths, *empty_parents(paths)]:
        if os.path.lexists(path):
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, new / path)


def empty_parents(files: list[Path]) -> list[Path]:
    """Find the folders of these files that a user keeps empty."""
    folders = {folder for path in files for folder in path.parents[:-1]}
    return [
        folder
        for folder in folders
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())
    ]


def originals() -> list[tuple[Path, Path]]:
    """Return what was set aside, the oldest first, each with its place in the project."""
    paths = [path for path in sorted(SET_ASIDE.glob("[0-9]*/**/*")) if not full(path)]
    return [(path, Path(*path.parts[2:])) for path in paths if len(path.parts) > 2]


def full(path: Path) -> bool:
    """Return whether the path is a folder with something in it, and not a link to one."""
    return path.is_dir() and not path.is_symlink() and any(path.iterdir())


def forget_the_unchanged() -> None:
    """Delete what was set aside and has been rendered again just so."""
    for original, path in originals():
        regular = original.is_file() and not original.is_symlink()
        if regular and path.is_file() and filecmp.cmp(original, path, shallow=False):
            remove(original)


def put_back() -> list[Path]:
    """Return a user's files to the places that are free, and tell their names."""
    found = originals()
    for original, path in found:
        if original.is_dir() and not original.is_symlink():
            path.mkdir(parents=True, exist_ok=True)
        elif not os.path.lexists(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(original, path)
    for folder in sorted([SET_ASIDE, *SET_ASIDE.rglob("*")], reverse=True):
        if folder.is_dir() and not folder.is_symlink() and not full(folder):
            folder.rmdir()
    for folder in SET_ASIDE.glob("[0-9]*"):  # no more in question for the next bake
        folder.rename(SET_ASIDE / f"{LEFT}{folder.name}")
    return [path for original, path in found if not os.path.lexists(original)]


def report(kept: list[Path]) -> None:
    """Say which files the options do without and the user does not."""
    if kept:
        names = ", ".join(path.as_posix() for path in kept)
        print(
            f"\nKept {names}: you wrote or changed what the chosen options do without. "
            "Delete what you do not want."
        )
    if SET_ASIDE.is_dir():
        print(
            f"\n{SET_ASIDE}/ holds files of yours that a bake which failed had set aside, and that "
            "differ from those in their places: take what you need, then delete it."
        )
