"""Commands of a service that run while the test goes on."""

import os
import re
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from workflow.process import run_command_ignoring
from workflow.workbench import PROCESSES, Result, Workbench

SECONDS_TO_WAIT = 60


@dataclass(frozen=True)
class Running:
    """A command in a process of its own, and the file that it prints to."""

    process: BaseProcess
    path: Path

    @property
    def output(self) -> str:
        """The output so far."""
        return self.path.read_text(encoding="utf-8")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End it at once, as the system does when memory is short."""
        self.process.kill()
        self.process.join()

    def line(self, part: str) -> str:
        """Return the first line with this part in it, once there is one."""
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while True:
            goes_on = self.process.is_alive()
            for line in self.output.splitlines(keepends=True):
                if part in line and line.endswith("\n"):
                    return line
            assert goes_on, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.01)

    def result(self) -> Result:
        """Return its status and what it printed, once it has ended by itself, with no traceback."""
        self.process.join(SECONDS_TO_WAIT)
        assert self.process.exitcode is not None, self.output
        assert "Traceback" not in self.output, self.output
        return Result(self.process.exitcode, self.output)


@contextmanager
def running(
    project: Workbench,
    *arguments: str,
    ignored: Collection[signal.Signals] = (),
    **environment: str,
) -> Iterator[Running]:
    """Run the command in the background; kill it if it is still running at the end.

    Takes the signals that it ignores from the start, as a job in the background of a script does.
    """
    with TemporaryDirectory() as folder:
        output = Path(folder, "output.txt")
        output.touch()
        process = PROCESSES.Process(
            target=run_command_ignoring,
            args=(ignored, project.path, output, arguments, project.environment | environment),
        )
        process.start()
        try:
            yield Running(process, output)
        finally:
            process.kill()
            process.join()
            process.close()


def complaints(output: str) -> list[str]:
    """Return what was printed, without progress."""
    return [line for line in output.splitlines() if not re.match("INFO|WARN", line)]
