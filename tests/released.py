"""Earlier versions of the template: its tags or, before the first, the commits of CHANGELOG.md."""

import re
import shutil
from pathlib import Path

from baking import ROOT, TEMPLATE, Project, copy_template
from updating import git

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
UPDATED_FROM = r"projects from commit (\w+) on can be updated"
UNCHANGED_SINCE = r"have not changed since commit (\w+)\."


def versions(commit_of_the_changelog: str) -> list[str]:
    """Return all tags of releases, or the commit that stands for them; nothing without history."""
    if tags := Project(ROOT).run("git", "tag", "--list", "v*.*.*").stdout.split():
        return tags
    [commit] = re.findall(commit_of_the_changelog, " ".join(CHANGELOG.split()))
    there = Project(ROOT).run("git", "merge-base", "--is-ancestor", commit, "HEAD")
    return [] if there.returncode else [commit]


def extract(version: str, path: Path, folder: Path) -> Path:
    """Return a copy of what the path of the template was in that version."""
    folder.mkdir()
    archive = folder / "version.tar"
    name = path.relative_to(ROOT).as_posix()
    git(ROOT, "archive", f"--output={archive}", version, "--", name)
    shutil.unpack_archive(archive, folder, filter="data")
    return folder / name


def repository_with_history(folder: Path) -> Path:
    """Return a clone of this repository whose newest commit is the working tree."""
    git(ROOT, "clone", "--quiet", str(ROOT), str(folder))
    for name in (TEMPLATE.name, "hooks"):
        shutil.rmtree(folder / name)
    copy_template(folder)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "The working tree")
    return folder
