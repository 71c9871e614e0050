"""A migrated project, and a database of one test's own to try revisions on."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from baking import Project
from databases import connect, values
from running import clean_environment, python, write_module
from sqlalchemy import URL

REVISION = '''"""By hand."""

import sqlalchemy as sa
from alembic import op
from alembic_workflow.operations import backfill as module
from alembic_workflow import backfill
from alembic_workflow import create_index_concurrently, drop_index_concurrently

revision = "aaaaaaaaaaaa"
down_revision = "e95d30f8b7a6"


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
'''


@dataclass(frozen=True)
class Trial:
    """A database of a test's own, and the project that works on it."""

    project: Project
    url: URL

    def write_revision(self, upgrade: str, downgrade: str = "pass") -> None:
        """Write a revision after the shipped ones, with these bodies."""
        path = self.project.path / "migrations/versions/2026_02_01_0900-aaaaaaaaaaaa_by_hand.py"
        write_module(path, REVISION.format(upgrade=upgrade, downgrade=downgrade))

    def alembic(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Alembic on the database."""
        settings = {"DATABASE_URL": self.url.render_as_string()} | environment
        return python(self.project.path, "-m", "alembic", *arguments, **settings)

    def succeed(self, *arguments: str, **environment: str) -> str:
        """Run Alembic, which must exit with 0, and return what it printed."""
        result = self.alembic(*arguments, **environment)
        assert result.returncode == 0, result.stderr
        return result.stdout + result.stderr

    def fail(self, *arguments: str, **environment: str) -> str:
        """Run Alembic, which must not exit with 0, and return what it printed."""
        result = self.alembic(*arguments, **environment)
        assert result.returncode != 0, result.stderr
        return result.stdout + result.stderr

    @contextmanager
    def upgrading(self, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Upgrade in the background; kill it if it is still running at the end."""
        process = subprocess.Popen(
            [".venv/bin/python", "-m", "alembic", "upgrade", "head"],
            cwd=self.project.path,
            env=clean_environment(DATABASE_URL=self.url.render_as_string(), **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def connect(self) -> Any:
        """Return a connection in autocommit."""
        return connect(self.url)

    def query(self, *statements: str) -> list[Any]:
        """Run the statements and return the first column of what the last one found."""
        return values(self.url, *statements)

    def wait_for(self, condition: str) -> None:
        """Return once the condition is true of the server."""
        deadline = time.monotonic() + 30
        while not self.query(f"SELECT {condition}")[0]:
            assert time.monotonic() < deadline, condition
            time.sleep(0.01)

    def wait_for_blocked(self, statement: str) -> int:
        """Return the process of the server in which this statement waits for another."""
        blocked = (
            "FROM pg_stat_activity WHERE datname = current_database() "
            f"AND cardinality(pg_blocking_pids(pid)) > 0 AND query LIKE '{statement}%'"
        )
        self.wait_for(f"EXISTS (SELECT {blocked})")
        [process] = self.query(f"SELECT pid {blocked}")
        return int(process)
