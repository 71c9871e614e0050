"""The folder of the embedded PostgreSQL's Unix socket: its own, or one with a plain short path."""

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path

from scripts.server_process import PostgresError

# The path of a Unix socket has 104 bytes on macOS and 108 on Linux.
LONGEST_SOCKET_PATH = 100
# For libpq a comma separates hosts, and the + that SQLAlchemy writes for a space is a +.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
SHORT_FOLDER = "embedded-postgres-"


def socket_folder_of(server: Path) -> Path:
    """Return the folder of the socket; make it if need be.

    Raises PostgresError if it belongs to another user.
    """
    if _fits_a_socket(server):
        return server
    digest = hashlib.sha256(os.fsencode(server)).hexdigest()[:16]
    folders = [Path(place) / f"{SHORT_FOLDER}{digest}" for place in (tempfile.gettempdir(), "/tmp")]
    folder = folders[0] if _fits_a_socket(folders[0]) else folders[1]
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), server.stat().st_uid):
        raise PostgresError(f"{folder} belongs to someone else")
    shutil.chown(folder, server.stat().st_uid, server.stat().st_gid)
    return folder


def _fits_a_socket(folder: Path) -> bool:
    is_short = len(os.fsencode(folder)) + len("/.s.PGSQL.5432") <= LONGEST_SOCKET_PATH
    return is_short and PLAIN_PATH.fullmatch(str(folder)) is not None


def is_socket_folder(path: str) -> bool:
    """Return whether this is, or was, the folder of an embedded server's socket."""
    return Path(path).name == ".postgres" or Path(path).name.startswith(SHORT_FOLDER)
