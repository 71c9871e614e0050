"""The image's work, done with the commands of the Dockerfile and no Docker."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from baking import Project
from databases import database_url
from dockerfile import instructions
from running import answers, clean_environment, free_port

pytestmark = pytest.mark.installs


@dataclass(frozen=True)
class Image:
    """A folder with what the image has in its working folder."""

    folder: Path
    environment: dict[str, str]
    command: list[str]
    healthcheck: list[str]

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Run the command as a container does."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def files(self) -> dict[Path, int]:
        """Return when each file was last written."""
        return {path: path.stat().st_mtime_ns for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def image(migrated_blog: Project, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The commands of the Dockerfile, on the database of a blog."""
    folder = tmp_path_factory.mktemp("image")
    url = database_url(migrated_blog).render_as_string(hide_password=False)
    environment = clean_environment(DATABASE_URL=url, SECRET_KEY="x" * 40)
    environment["PATH"] = f"{folder / '.venv' / 'bin'}{os.pathsep}{environment['PATH']}"
    parts = instructions(migrated_blog.text("Dockerfile"))
    for name, argument in parts:
        match name, shlex.split(argument):
            case "COPY", [*sources, target] if not sources[0].startswith("--from"):
                for source in sources:
                    for path in migrated_blog.path.glob(source):
                        copy(path, folder / target)
            case "ENV", assignments:
                environment |= dict(
                    each.split("=", 1) for each in assignments if not each.startswith("PATH=")
                )
            case "RUN", command if {"sync", "compileall"} & set(command):
                text = re.sub(r"--mount=\S+ ", "", argument)
                subprocess.run(["sh", "-c", text], cwd=folder, env=environment, check=True)
    served = dict(parts)["CMD"].replace("0.0.0.0", "127.0.0.1")
    asked = dict(parts)["HEALTHCHECK"].partition(" CMD ")[2]
    port = str(free_port())
    return Image(
        folder,
        environment,
        json.loads(served.replace("8000", port)),
        json.loads(asked.replace("8000", port)),
    )


def copy(path: Path, target: Path) -> None:
    """Copy a file into the folder, or a folder to it, as COPY does."""
    if path.is_dir():
        shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(path, target)


def test_it_migrates_and_serves_without_writing_a_file(image: Image) -> None:
    before = image.files()

    migration = image.start("alembic", "upgrade", "head")
    output, _ = migration.communicate(timeout=60)
    assert migration.returncode == 0, output
    process = image.start(*image.command)
    try:
        port = image.command[image.command.index("--port") + 1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert answers(client, process)
            assert client.get("/health/ready").status_code == 200
            assert client.get("/posts").status_code == 200
        check = image.start(*image.healthcheck)
        output, _ = check.communicate(timeout=30)
        assert check.returncode == 0, output
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)

    assert "Application shutdown complete" in output
    assert "/posts" in output
    assert "/health/" not in output
    assert image.files() == before


def test_the_healthcheck_fails_if_nothing_listens(image: Image) -> None:
    check = image.start(*image.healthcheck)
    check.communicate(timeout=30)

    assert check.returncode != 0
