"""A service whose models and revisions a test may change, with commands that start fast."""

import multiprocessing
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from alembic_workflow.catalog.items import Item, read_catalog
from baking import TEMPLATE
from databases import rows
from running import write_module
from sqlalchemy import URL, create_engine

from workflow.process import run_command

PRISTINE = "pristine"
RUNS_ON, MAY_STOP = "service_may_stop = no", "service_may_stop = yes"
SERVICE = Path(__file__).parent / "service"
# Imports the libraries once, and forks a process for each command.
PROCESSES = multiprocessing.get_context("forkserver")
COMMANDS = ("baseline", "check", "diagram.document", "drift", "lint", "main", "models", "rebase")
PROCESSES.set_forkserver_preload(
    [*(f"alembic_workflow.commands.{name}" for name in COMMANDS), "psycopg2", "sqlalchemy.orm"]
)
MODEL_HEAD = """
import enum
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, IdentityKey

"""


class Result(NamedTuple):
    """The status and the output of a command."""

    status: int
    output: str


@dataclass
class Workbench:
    """The service, its database, and its command line."""

    path: Path
    url: URL
    """The development database."""

    @property
    def versions(self) -> Path:
        """The folder of the revisions."""
        return self.path / "migrations" / "versions"

    @property
    def environment(self) -> dict[str, str]:
        """The environment that a command of the service needs."""
        return {"DATABASE_URL": self.url.render_as_string(hide_password=False)}

    def run(self, *arguments: str, **environment: str) -> Result:
        """Run `python -m alembic_workflow`, or `alembic` if that is first."""
        output = self.path.parent / "output.txt"
        process = PROCESSES.Process(
            target=run_command,
            args=(self.path, output, arguments, self.environment | environment),
        )
        process.start()
        process.join()
        assert process.exitcode is not None
        return Result(process.exitcode, output.read_text(encoding="utf-8"))

    def succeed(self, *arguments: str, **environment: str) -> str:
        """Run the command, require that it succeeds, and return what it printed."""
        status, output = self.run(*arguments, **environment)
        assert status == 0, output
        return output

    def fail(self, *arguments: str, **environment: str) -> str:
        """Run the command, require status 1 and no traceback, and return what it printed."""
        status, output = self.run(*arguments, **environment)
        assert status == 1, output
        assert "Traceback" not in output
        return output

    def catalog(self) -> dict[Item, str]:
        """Return what the development database consists of."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = read_catalog(connection)
        engine.dispose()
        return found

    def sql(self, *statements: str, database: str | None = None) -> list[Any]:
        """Execute the statements on the development database; return the rows of the last."""
        url = self.url if database is None else self.url.set(database=database)
        return rows(url, *statements)

    def databases(self) -> set[str]:
        """Return the names of the server's databases."""
        return {name for (name,) in self.sql("SELECT datname FROM pg_database")}

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """Yield the URL of a new database on the server."""
        self.sql(f"CREATE DATABASE {name}")
        yield self.url.set(database=name).render_as_string(hide_password=False)
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def model(self, text: str, name: str = "things") -> None:
        """Write a module of models."""
        path = self.path / "app" / "models" / f"{name}.py"
        write_module(path, MODEL_HEAD + text)

    def revise(self, message: str, rename: str = "", **environment: str) -> str:
        """Autogenerate a revision, and return what is in the file."""
        before = set(self.versions.glob("*.py"))
        renames = ["-x", f"rename={rename}"] if rename else []
        output = self.succeed(*renames, "revision", "--autogenerate", "-m", message, **environment)
        written = set(self.versions.glob("*.py")) - before
        assert written, output
        return written.pop().read_text(encoding="utf-8")

    def change(self, message: str, rename: str = "") -> str:
        """Autogenerate a revision; require that it settles, and that it can be undone.

        Leaves the database upgraded.
        """
        before = self.catalog()
        revision = self.revise(message, rename)
        self.succeed("upgrade", "head")
        self.succeed("check")
        self.succeed("downgrade", "-1")
        assert self.catalog() == before, revision
        self.succeed("upgrade", "head")
        return revision

    def by_hand(self, upgrade: str, downgrade: str = "raise NotImplementedError") -> Path:
        """Write a revision with these bodies, each of one line."""
        before = set(self.versions.glob("*.py"))
        self.succeed("revision", "-m", "by hand")
        [path] = set(self.versions.glob("*.py")) - before
        text = path.read_text(encoding="utf-8")
        for name, body in (("upgrade", upgrade), ("downgrade", downgrade)):
            head = f"def {name}() -> None:\n    "
            assert f"{head}pass" in text
            text = text.replace(f"{head}pass", head + body)
        write_module(path, text)
        return path

    def empty(self) -> None:
        """Leave nothing of the models but their base, no revision, and an empty database."""
        for path in (*(self.path / "app" / "models").glob("*.py"), *self.versions.glob("*.py")):
            if path.name not in ("__init__.py", "base.py"):
                path.unlink()
        self.sql("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    def keep(self) -> None:
        """Take models, revisions and database as they are for what `restore` puts back."""
        copy_over(self.path, self._kept)
        self._copy_database(self.url.database, PRISTINE)

    def restore(self) -> None:
        """Put models, revisions and database back."""
        copy_over(self._kept, self.path)
        self._copy_database(PRISTINE, self.url.database)

    @property
    def _kept(self) -> Path:
        return self.path.parent / "kept"

    def _copy_database(self, source: str | None, target: str | None) -> None:
        self.sql(
            f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)',
            f'CREATE DATABASE "{target}" TEMPLATE "{source}"',
            database="postgres",
        )


def copy_over(source: Path, target: Path) -> None:
    """Copy the folder, without what Python has compiled, in place of what is there."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


def write_service(folder: Path) -> None:
    """Write the files of a service with users, posts and votes, over what is there."""
    copy_over(SERVICE, folder)
    # As Alembic writes revisions, one for each change; safe forms have tests of their own.
    settings = (TEMPLATE / "alembic.ini").read_text(encoding="utf-8")
    assert RUNS_ON in settings
    (folder / "alembic.ini").write_text(settings.replace(RUNS_ON, MAY_STOP), encoding="utf-8")
    (folder / "migrations").mkdir()
    for name in ("env.py", "script.py.mako"):
        shutil.copy(TEMPLATE / "migrations" / name, folder / "migrations")
    for part in ("app/models", "migrations/versions"):
        copy_over(TEMPLATE / part, folder / part)


@contextmanager
def workbench(folder: Path, server: URL) -> Iterator[Workbench]:
    """Yield a workbench with a migrated service, which has the server for itself."""
    bench = Workbench(folder / "service", server.set(database="my-api"))
    write_service(bench.path)
    bench.sql('CREATE DATABASE "my-api"', database="postgres")
    bench.succeed("upgrade", "head")
    bench.keep()
    try:
        yield bench
    finally:
        for name in ("my-api", PRISTINE):
            bench.sql(f'DROP DATABASE "{name}" WITH (FORCE)', database="postgres")
