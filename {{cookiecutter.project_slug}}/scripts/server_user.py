"""The user that the embedded PostgreSQL runs as: the one who starts it, unless that is root."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.server_process import PostgresError


def server_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "pgserver" if os.geteuid() == 0 else None


def let_server_user_in(folder: Path, wheel: Path) -> None:
    """Give the folder to the server's user, who may run what is in the wheel.

    Raises PostgresError if that user cannot be made.
    """
    user = server_user()
    if user is None:
        return
    if user not in {entry.pw_name for entry in pwd.getpwall()}:
        _add_user(user)
    shutil.chown(folder, user, user)
    for parent in {*folder.parents, *wheel.parents}:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o001)
            print(f"Let PostgreSQL's user {user} pass through {parent} (o+x).", file=sys.stderr)
    for path in (wheel, *wheel.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o500) >> 6)  # what the owner may read or run, all may


def _add_user(name: str) -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None or subprocess.run([useradd, "--system", name]).returncode != 0:
        raise PostgresError(
            f"it does not run as root, and the user {name} could not be made for it; "
            "make that user, run make as another user than root, or set DATABASE_URL in .env"
        )
