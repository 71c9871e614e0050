"""An embedded PostgreSQL, started as generated projects start theirs."""

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from baking import TEMPLATE
from sqlalchemy import URL

ROOM = 2 * 1024**3


def folder_in_memory() -> str | None:
    """Return a folder whose files are in memory, or None if there is none with room.

    ext4 looks through all files that were deleted in the last seconds to make one, and a test makes
    and drops databases of some hundred files each.
    """
    folder = "/dev/shm"
    has_room = Path(folder).is_dir() and shutil.disk_usage(folder).free > ROOM
    return folder if has_room and os.access(folder, os.W_OK) else None


@contextmanager
def embedded_server(folder: Path) -> Iterator[URL]:
    """Run a server in the folder, and yield the URL of a database of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(TEMPLATE), *sys.path])
        from scripts import postgres

        folder.chmod(0o755)
        for name, path in (("FOLDER", ""), ("DATA", "data"), ("LOG", "log")):
            patch.setattr(postgres, name, folder / "postgres" / path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the server outlives its Popen
            socket_folder = postgres.start()
        yield URL.create(
            "postgresql+psycopg2",
            username=postgres.SUPERUSER,
            database="postgres",
            query={"host": str(socket_folder)},
        )
        postgres.stop()
