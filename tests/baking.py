"""Bake projects from this template, and look at what came out."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
LEFT_BY_TOOLS = {".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"}


@dataclass(frozen=True)
class Project:
    """A generated project."""

    path: Path

    def has_file(self, name: str) -> bool:
        """Return whether the project has a file of this name."""
        return (self.path / name).is_file()

    def files(self) -> set[str]:
        """Return the names of all files but those of git and of the tools' caches."""
        names = (path.relative_to(self.path) for path in self.path.rglob("*") if path.is_file())
        return {name.as_posix() for name in names if LEFT_BY_TOOLS.isdisjoint(name.parts)}

    def text(self, name: str) -> str:
        """Return what the file says."""
        return (self.path / name).read_text(encoding="utf-8")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run the command in the project's folder."""
        return subprocess.run(command, cwd=self.path, capture_output=True, encoding="utf-8")


def copy_template(folder: Path) -> Path:
    """Return a copy of the template, with its hooks, that a test may change."""
    ignored = shutil.ignore_patterns(*LEFT_BY_TOOLS)
    for source in (TEMPLATE, ROOT / "hooks"):
        shutil.copytree(source, folder / source.name, ignore=ignored)
    shutil.copy(ROOT / "cookiecutter.json", folder)
    return folder


def write_config(folder: Path) -> Path:
    """Return a cookiecutter configuration that keeps the developer's own out of the tests."""
    config = folder / "cookiecutter.yaml"
    folders = {
        "cookiecutters_dir": str(folder / "templates"),
        "replay_dir": str(folder / "replays"),
    }
    config.write_text(json.dumps(folders))
    return config


def bake(folder: Path, **answers: str) -> Project:
    """Return a new project in the folder; the answers not given are the defaults."""
    folder.mkdir(parents=True, exist_ok=True)
    path = cookiecutter(
        str(ROOT),
        no_input=True,
        extra_context=answers,
        output_dir=str(folder / "out"),
        config_file=str(write_config(folder)),
    )
    return Project(Path(path))


def bake_on_the_command_line(
    folder: Path,
    *arguments: str,
    typed: str | None = None,
    environment: Mapping[str, str] | None = None,
    template: Path = ROOT,
    terminal: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run cookiecutter as a user does, with lines typed, or a terminal, or without a question."""
    command = [
        *(sys.executable, "-m", "cookiecutter", str(template)),
        *("--output-dir", str(folder / "out"), "--config-file", str(write_config(folder))),
        *(["--no-input"] if typed is None and terminal is None else []),
        *arguments,
    ]
    streams = {"stdin": terminal} if typed is None else {"input": typed}
    return subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", **streams
    )


class Bakery:
    """Bakes each combination of answers once, for tests that leave the project as it is."""

    def __init__(self, folder: Path) -> None:
        """Bake into this folder."""
        self._folder = folder
        self._projects: dict[tuple[tuple[str, str], ...], Project] = {}

    def __call__(self, **answers: str) -> Project:
        """Return the project with these answers."""
        key = tuple(sorted(answers.items()))
        if key not in self._projects:
            self._projects[key] = bake(self._folder / str(len(self._projects)), **answers)
        return self._projects[key]
