"""A terminal: a shell that stays, in which psql may be open."""

import os
import re
import select
import shlex
import signal
import subprocess
import time
from pathlib import Path

from running import clean_environment

from documents.blocks import Command, DocumentError

ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",  # or standard output would come after standard error
    "LC_ALL": "C.UTF-8",
    "PSQLRC": os.devnull,  # nor does a developer's own configuration count
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "You",
    "GIT_AUTHOR_EMAIL": "you@example.com",
    "GIT_COMMITTER_NAME": "You",
    "GIT_COMMITTER_EMAIL": "you@example.com",
}
SECONDS = 120
LAST_CHARACTERS = 2000
_MARK = re.compile(r"\x01(\d+)\x01\n")
_SHELLS_MARK = "printf '\\001%d\\001\\n' $?"
_PSQLS_MARK = "\\echo '\x010\x01'"
_OF_JOBS = re.compile(r"\[\d+\][+-]? .*")


class Terminal:
    """A shell in a folder, and what is typed into it."""

    def __init__(self, folder: Path) -> None:
        """Open it."""
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=clean_environment(**ENVIRONMENT),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._printed = ""
        self._type("set -m")

    def run(self, command: Command, text: str, *, opens_psql: bool) -> tuple[list[str], int]:
        """Type the text of the command, and return what was printed until it ended, and its status.

        Raises DocumentError if it does not end in time.
        """
        if opens_psql:  # whose end the shell marks, once psql has read all that is meant for it
            self._type(f"eval {shlex.quote(text)}; {_SHELLS_MARK}", _PSQLS_MARK)
        elif not command.is_sql:
            self._type(f"eval {shlex.quote(text)} </dev/null; {_SHELLS_MARK}")
        else:
            self._type(text, *([] if text == "\\q" else [_PSQLS_MARK]))
        deadline = time.monotonic() + SECONDS
        while not (mark := _MARK.search(self._printed)):
            if not self._receive(deadline) or time.monotonic() > deadline:
                last = self._printed[-LAST_CHARACTERS:]
                raise DocumentError(f"it did not end in {SECONDS} seconds:\n{last}")
        output, self._printed = self._printed[: mark.start()], self._printed[mark.end() :]
        return _lines(output), int(mark[1])

    def more(self, deadline: float) -> list[str]:
        """Return what the background prints next, or nothing if that takes too long."""
        if not self._printed:
            self._receive(deadline)
        output, self._printed = self._printed, ""
        return _lines(output)

    def close(self) -> None:
        """End the shell and all that was started in it."""
        self._type("kill -INT $(jobs -p | sed s/^/-/) 2>/dev/null; wait", "exit")
        try:
            self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()

    def _type(self, *lines: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self._process.stdin.flush()

    def _receive(self, deadline: float) -> bool:
        """Wait for something to be printed; return whether it was."""
        assert self._process.stdout is not None
        stream = self._process.stdout.fileno()
        ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        printed = os.read(stream, 65536) if ready else b""
        self._printed += printed.decode(errors="replace")
        return printed != b""


def _lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if not _OF_JOBS.fullmatch(line)]
