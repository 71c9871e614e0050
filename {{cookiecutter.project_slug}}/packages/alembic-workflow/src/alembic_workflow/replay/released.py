"""Revisions that the main branch has: their databases are in use."""

import subprocess
from pathlib import Path

from alembic.util import CommandError

_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def main_branch(folder: Path) -> str | None:
    """Return git's name of the main branch, or None if there is none that it knows."""
    for branch in _MAIN:
        if _git(folder, "rev-parse", "--verify", "--quiet", branch + "^{commit}") is not None:
            return branch
    return None


def released_files(folder: Path) -> set[str] | None:
    """Return the names of the files of revisions where this branch left the main branch.

    Takes the folder of the migrations. Returns None if git does not tell: there is no repository,
    no main branch, or this service is not in it yet. Raises CommandError if the history that both
    have in common is not here, as in a shallow clone.
    """
    branch = main_branch(folder)
    if branch is None:
        return None
    base = _git(folder, "merge-base", "HEAD", branch)
    if base is None:
        raise CommandError(
            f"git has no commit that this branch and {branch} have in common, perhaps because the "
            "clone is shallow. Fetch all of it (fetch-depth: 0, GIT_DEPTH: 0), or name a revision "
            "or a date: since=..."
        )
    return files_at(folder, base.strip()) if files_at(folder, base.strip(), "env.py") else None


def files_at(folder: Path, commit: str, path: str = "versions/") -> set[str]:
    """Return the names of the files that a commit, or a branch, has under the path."""
    listed = _git(folder, "ls-tree", "-z", "--name-only", commit, path)
    return {Path(line).name for line in (listed or "").split("\0") if line}


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, or None if it fails or is not installed."""
    try:
        result = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, encoding="utf-8"
        )
    except FileNotFoundError:
        return None
    return result.stdout if result.returncode == 0 else None
