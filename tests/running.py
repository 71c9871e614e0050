"""Install generated projects, and run them as their users do."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx2 as httpx
from baking import ROOT, Project

OF_OTHER_PROJECTS = (
    "CI",  # with which only what is in uv.lock is installed
    "DATABASE_",
    "MIGRATION_",
    "SCRATCH_",
    "MAKE",
    "MFLAGS",
    "VIRTUAL_ENV",
    "SECRET_KEY",
)
# Without compiled files, each Alembic process spends two seconds more on its imports.
SLOWING_DOWN = ("PYTHONDONTWRITEBYTECODE",)


def clean_environment(**additions: str) -> dict[str, str]:
    """Return this process's environment without what would configure the project.

    The projects find this repository's uv on the PATH, instead of installing one each, and take
    the Python that runs the tests.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OF_OTHER_PROJECTS + SLOWING_DOWN)
    }
    path = f"{ROOT / '.uv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return kept | {"PATH": path, "UV_PYTHON": os.path.realpath(sys.executable)} | additions


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make in the folder."""
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=clean_environment(**environment),
        capture_output=True,
        encoding="utf-8",
    )


def succeed(folder: Path, *arguments: str, **environment: str) -> str:
    """Run make in the folder, require that it succeeds, and return what it printed."""
    result = make(folder, *arguments, **environment)
    output = result.stdout + result.stderr
    assert result.returncode == 0, output
    return output


def python(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the project's Python."""
    return subprocess.run(
        [".venv/bin/python", *arguments],
        cwd=folder,
        env=clean_environment(**environment),
        capture_output=True,
        encoding="utf-8",
    )


def write_module(path: Path, text: str) -> None:
    """Write a module, and forget what it was compiled to.

    Python would not see that a file has changed within a second to another of the same size.
    """
    path.write_text(text, encoding="utf-8")
    Path(cache_from_source(str(path))).unlink(missing_ok=True)


def stop_postgres(project: Project) -> None:
    """Stop the project's PostgreSQL, if it has one."""
    if project.has_file(".venv/bin/python"):
        succeed(project.path, "db-stop")


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path, *command: str, **environment: str) -> Iterator[httpx.Client]:
    """Run a server, by default `make run`, and yield a client once it answers."""
    port = str(free_port())
    # Not into a pipe, which its log would fill after some hundred requests.
    with TemporaryFile("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [part.replace("PORT", port) for part in command or ("make", "run", "port=PORT")],
            cwd=folder,
            env=clean_environment(**environment),
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                if not answers(client, process):
                    log.seek(0)
                    raise AssertionError(log.read())
                yield client
        finally:
            os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired as error:
                os.killpg(process.pid, signal.SIGKILL)
                log.seek(0)
                raise AssertionError("Ctrl-C did not end it: " + log.read()) from error


def answers(client: httpx.Client, process: subprocess.Popen[Any]) -> bool:
    """Return True once /health/live answers, and False if the process ends instead."""
    while process.poll() is None:
        with suppress(httpx.TransportError):
            assert client.get("/health/live").status_code == 200
            return True
        time.sleep(0.05)
    return False
