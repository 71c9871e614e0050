"""Cost of commands on a server in memory, for migrations.py and schema_sizes.py."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
from databases import values
from running import clean_environment
from sqlalchemy import URL
from workflow.server import embedded_server, folder_in_memory


class Cost(NamedTuple):
    """The cost of a command."""

    seconds: float
    """Of CPU, of the command and of the server."""
    megabytes: int
    """At most, of the command's own process."""


class Server:
    """An embedded PostgreSQL."""

    def __init__(self, url: URL) -> None:
        """Take the URL of a database on it."""
        self.url = url
        [folder] = values(url, "SHOW data_directory")
        pid = (Path(folder) / "postmaster.pid").read_text().split()[0]
        self._process = psutil.Process(int(pid))

    @classmethod
    @contextmanager
    def in_memory(cls) -> Iterator["Server"]:
        """Run a server in memory: on a disk, what one command drops slows down the next one."""
        with (
            tempfile.TemporaryDirectory(dir=folder_in_memory()) as folder,
            embedded_server(Path(folder)) as url,
        ):
            yield cls(url)

    def cost(
        self, project: Path, *arguments: str, database: str | None = None, show: bool = False
    ) -> Cost:
        """Run the project's Python on a database of the server, and return what that took."""
        url = self.url.set(database=database) if database else self.url
        before = self._seconds()
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                [project / ".venv/bin/python", *arguments],
                cwd=project,
                env=clean_environment(
                    DATABASE_URL=url.render_as_string(hide_password=False), PYTHONPATH=str(project)
                ),
                stdout=None if show else output,
                stderr=output,
            )
            _, status, usage = os.wait4(process.pid, 0)
            output.seek(0)
            assert status == 0, output.read()
        time.sleep(0.5)  # the server takes a moment to count a process that has ended
        seconds = usage.ru_utime + usage.ru_stime + self._seconds() - before
        return Cost(seconds, usage.ru_maxrss // 1024)

    def _seconds(self) -> float:
        """Return the seconds of CPU of the server and of all processes that it had."""
        ended = sum(self._process.cpu_times()[2:4])
        return ended + sum(sum(each.cpu_times()[:2]) for each in self._process.children())
