"""Services that do not stop for upgrades."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from workflow.workbench import MAY_STOP, RUNS_ON, Workbench, workbench


@contextmanager
def running_service(folder: Path, server: URL) -> Iterator[Workbench]:
    """Yield a service with the models and the history of the blog, which goes on meanwhile."""
    with workbench(folder, server) as bench:
        path = bench.path / "alembic.ini"
        settings = path.read_text(encoding="utf-8")
        path.write_text(settings.replace(MAY_STOP, RUNS_ON), encoding="utf-8")
        yield bench


def written(service: Workbench, message: str, *options: str) -> list[Path]:
    """Write a revision, or several, and return the files in their order."""
    before = set(service.versions.glob("*.py"))
    service.succeed(*options, "revision", "--autogenerate", "-m", message)
    return sorted(set(service.versions.glob("*.py")) - before)
