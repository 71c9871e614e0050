"""A project whose models and revisions a test may change, with commands that start fast."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from baking import Project, bake
from databases import database_url, rows
from running import clean_environment, stop_postgres, succeed, write_module
from sqlalchemy import URL

PRISTINE = "pristine"
# Imports the libraries once, and forks a process for each command.
SERVER = """
import json, os, sys
import alembic.config, alembic_postgresql_enum, psycopg2, pydantic_settings, sqlalchemy.orm
for line in sys.stdin:
    request = json.loads(line)
    if os.fork() == 0:
        break
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
else:
    sys.exit()
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.dup2(output, 1)
os.dup2(output, 2)
os.environ.update(request["environment"])
if request["arguments"][0] == "catalog":
    from app.config import settings
    from alembic_workflow.catalog.items import read_catalog
    with sqlalchemy.create_engine(settings.database_url).connect() as connection:
        found = read_catalog(connection)
    print(json.dumps([[*item, text] for item, text in sorted(found.items())]))
elif request["arguments"][0] == "alembic":
    alembic.config.main(request["arguments"][1:])
else:
    from alembic_workflow.commands.main import main
    main(request["arguments"])
"""
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
    """What a command returned and printed."""

    status: int
    output: str


@dataclass
class Workbench:
    """The project, its database, and its command line."""

    project: Project
    server: subprocess.Popen[str]

    @property
    def url(self) -> URL:
        """The development database."""
        return database_url(self.project)

    @property
    def versions(self) -> Path:
        """The folder of the revisions."""
        return self.project.path / "migrations" / "versions"

    def run(self, *arguments: str, **environment: str) -> Result:
        """Run `python -m alembic_workflow`, or `alembic` or `catalog` if that is first."""
        output = self.project.path.parent / "output.txt"
        request = {"arguments": arguments, "environment": environment, "output": str(output)}
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        status = int(self.server.stdout.readline())
        return Result(status, output.read_text(encoding="utf-8"))

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

    def catalog(self) -> dict[tuple[str, ...], str]:
        """Return what the development database consists of."""
        rows: list[list[str]] = json.loads(self.succeed("catalog"))
        return {tuple(row[:-1]): row[-1] for row in rows}

    def sql(self, *statements: str, database: str | None = None) -> list[Any]:
        """Execute the statements on the development database; return the rows of the last."""
        url = self.url if database is None else self.url.set(database=database)
        return rows(url, *statements)

    def databases(self) -> set[str]:
        """Return the names of the server's databases, but for the copies of a long history."""
        rows = self.sql("SELECT datname FROM pg_database WHERE datname !~ '_replay_'")
        return {name for (name,) in rows}

    def model(self, text: str, name: str = "things") -> None:
        """Write a module of models."""
        path = self.project.path / "app" / "models" / f"{name}.py"
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

    def restore(self) -> None:
        """Put models, revisions and database back."""
        self.project.run("git", "checkout", "--quiet", "--", "app", "migrations")
        self.project.run("git", "clean", "-dfq", "app", "migrations")
        name = self.url.database
        self.sql(
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
            f'CREATE DATABASE "{name}" TEMPLATE {PRISTINE}',
            database="postgres",
        )


@contextmanager
def workbench(folder: Path) -> Iterator[Workbench]:
    """Yield a workbench with a project of the starter blog, migrated."""
    project = bake(folder, starter="blog")
    succeed(project.path, "upgrade")
    server = subprocess.Popen(
        [".venv/bin/python", "-c", SERVER],
        cwd=project.path,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    bench = Workbench(project, server)
    bench.sql(f'CREATE DATABASE {PRISTINE} TEMPLATE "{bench.url.database}"', database="postgres")
    try:
        yield bench
    finally:
        server.communicate(timeout=30)
        stop_postgres(project)
