"""A process of the embedded PostgreSQL, told from others by the folder that it works in."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

# What Linux adds to the name of a folder that is no longer there.
DELETED = " (deleted)"
GONE = (FileNotFoundError, ProcessLookupError)
DENIED = (PermissionError, psutil.AccessDenied)


class PostgresError(Exception):
    """The server could not be started or stopped; the message says why."""


def working_folder(process: psutil.Process, *, server_user: int) -> str:
    """Return the folder that the process works in, or "" if it is not one of the server's user.

    Root without CAP_SYS_PTRACE, as in a container, may not ask that of another user's process; that
    user may. Raises psutil.NoSuchProcess, and PostgresError if nobody can tell.
    """
    link = Path(f"/proc/{process.pid}/cwd")
    try:
        return str(link.readlink()) if psutil.LINUX else process.cwd()
    except GONE:
        raise psutil.NoSuchProcess(process.pid) from None
    except DENIED:
        user, group = process.uids().real, process.gids().real
    if user != server_user:
        return ""
    identity: dict[str, Any] = {"user": user, "group": group, "extra_groups": []}
    with suppress(OSError):
        answer = subprocess.run(["readlink", link], capture_output=True, **identity)
        if answer.returncode == 0:
            return os.fsdecode(answer.stdout).rstrip("\n")
    if not process.cmdline():  # it is ending
        raise psutil.NoSuchProcess(process.pid)
    raise PostgresError(
        f"process {process.pid} may be the server, but this user may not ask; "
        "run make as the user who owns .postgres, or end that process"
    )
