"""Projects made by cruft from a repository of this template."""

import json
import subprocess
import sys
from pathlib import Path

from baking import Project, copy_template, write_config


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints."""
    identity = ("-c", "user.name=Acme", "-c", "user.email=api@example.com")
    result = Project(folder).run("git", *identity, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def commit_all(folder: Path) -> None:
    """Commit everything in the folder's repository."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A change")


def cruft(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run cruft on its command line."""
    command = [sys.executable, "-m", "cruft", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8")


def template_repository(folder: Path) -> Path:
    """Return a repository of this template, as it is in the working tree."""
    copy_template(folder)
    git(folder.parent, "init", "--quiet", str(folder))
    commit_all(folder)
    return folder


def create(template: Path, folder: Path, *options: str, **answers: str) -> Project:
    """Return a project made by cruft in the folder, in a repository of its own."""
    result = cruft(
        *("create", template.as_uri(), "--no-input", "--output-dir", str(folder / "out"), *options),
        *("--config-file", str(write_config(folder)), "--extra-context", json.dumps(answers)),
    )
    assert result.returncode == 0, result.stderr
    assert "commit .cruft.json together with the project" in result.stdout
    [path] = (folder / "out").iterdir()
    assert not (path / ".git").exists()
    git(path, "init", "--quiet")
    commit_all(path)
    return Project(path)
