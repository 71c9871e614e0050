"""Cost of the migration workflow, as ratios to plain Alembic in the same run.

Generates a project with N tables and N revisions, and the same history under an `env.py` as
`alembic init` writes it. Usage: python -P bench/migrations.py [N ...] (beside requests.py)
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg2
from dotenv import dotenv_values
from sqlalchemy import URL, make_url

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from baking import bake
from running import clean_environment, make

REPEATS = 5
MODEL = """
class Table{number}(Base):
    __tablename__ = "table_{number}"

    id: Mapped[IdentityKey]
    name: Mapped[str] = mapped_column(String(50), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("table_{previous}.id"))
"""
IMPORTS = """
from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, IdentityKey
"""
REVISION = '''"""Create table {number}."""

import sqlalchemy as sa
from alembic import op

revision = "{number:012x}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "table_{number}",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("created_at", sa.DateTime(True), server_default=sa.text("now()"), nullable=False),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["previous_id"],
            ["table_{previous}.id"],
            name=op.f("fk_table_{number}_previous_id_table_{previous}"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_{number}")),
    )
    op.create_index(op.f("ix_table_{number}_name"), "table_{number}", ["name"])


def downgrade():
    op.drop_table("table_{number}")
'''
PLAIN_ENV = """
from alembic import context
from sqlalchemy import create_engine

from app.config import settings
from app.models import Base

engine = create_engine(settings.database_url)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
PLAIN_INI = "[alembic]\nscript_location = plain\nprepend_sys_path = .\npath_separator = os\n"


class Cost(NamedTuple):
    """The cost of a command."""

    seconds: float
    megabytes: int
    """At most, of the command's own process."""


def main(sizes: list[int]) -> None:
    """Print one table for each size."""
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="bench-migrations-"))
        folder.chmod(0o755)
        project = bake(folder, starter="blank", project_slug="bench", docker="no", ci="none").path
        try:
            write_history(project, size)
            measure(project, size)
        finally:
            make(project, "clean")
            shutil.rmtree(folder, ignore_errors=True)


def write_history(project: Path, size: int) -> None:
    """Write models, revisions, and the same revisions for plain Alembic."""
    models = [MODEL.format(number=n, previous=max(n - 1, 0)) for n in range(size)]
    (project / "app/models/tables.py").write_text(IMPORTS + "\n".join(models))
    versions = project / "migrations/versions"
    for number in range(size):
        before = repr(f"{number - 1:012x}") if number else None
        text = REVISION.format(number=number, previous=max(number - 1, 0), before=before)
        (versions / f"2026_01_01_0000-{number:012x}_table.py").write_text(text)
    plain = project / "plain"
    shutil.copytree(versions, plain / "versions")
    (plain / "env.py").write_text(PLAIN_ENV)
    shutil.copy(project / "migrations/script.py.mako", plain)
    (project / "plain.ini").write_text(PLAIN_INI)


def measure(project: Path, size: int) -> None:
    """Run the commands of both, and print seconds and ratios."""
    assert make(project, "db").returncode == 0
    server = make_url(str(dotenv_values(project / ".env")["DATABASE_URL"]))

    def alembic(kind: str, *arguments: str) -> Cost:
        url = server.set(database=kind).render_as_string(hide_password=False)
        ini = [] if kind == "ours" else ["-c", "plain.ini"]
        return cost(project, "-m", "alembic", *ini, *arguments, DATABASE_URL=url)

    def from_zero(kind: str) -> Cost:
        recreate(server, kind)
        return alembic(kind, "upgrade", "head")

    print(f"\n{size} tables, {size} revisions      ours   plain   ratio")
    for name, run in (
        ("upgrade from zero", from_zero),
        ("upgrade, nothing to do", lambda kind: alembic(kind, "upgrade", "head")),
    ):
        run("ours")  # so that imports are compiled
        our, their = alternately(partial(run, "ours"), partial(run, "plain"))
        compare(name, our, their)
    phases(project)


def compare(name: str, our: Cost, their: Cost) -> None:
    """Print a line with the time of both, and the memory."""
    print(
        f"{name:28} {our.seconds:6.2f} s {their.seconds:6.2f} s {our.seconds / their.seconds:6.2f}"
        f"  {our.megabytes:4} and {their.megabytes:4} MB",
        flush=True,
    )


def recreate(server: URL, name: str) -> None:
    """Make an empty database."""
    connection = psycopg2.connect(server.render_as_string(hide_password=False))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()


def phases(project: Path) -> None:
    """Print what `make revision` does, first, second, and with a changed model."""
    command = ("-m", "alembic_workflow", "revision", "--autogenerate", "-m", "x")
    plain = ("-m", "alembic", "-c", "plain.ini", "revision", "--autogenerate", "-m", "x")
    url = make_url(str(dotenv_values(project / ".env")["DATABASE_URL"])).set(database="plain")
    alone = cost(project, *plain, DATABASE_URL=url.render_as_string(hide_password=False))
    model = project / "app/models/tables.py"
    for run in ("first run", "second run", "a new column"):
        if run == "a new column":
            model.write_text(model.read_text() + "    extra: Mapped[int | None]\n")
        compare(f"revision, {run}", cost(project, *command), alone)
    model.write_text(model.read_text().removesuffix("    extra: Mapped[int | None]\n"))
    for path in (project / "migrations/versions").glob("*_x.py"):
        path.unlink()
    script = Path(__file__).with_name("migration_phases.py")
    cost(project, "-P", str(script), show=True, PYTHONPATH=str(project))


def alternately(*functions: Callable[[], Cost]) -> list[Cost]:
    """Return the best of each function, called in turn."""
    costs = [[function() for function in functions] for _ in range(REPEATS)]
    return [min(column) for column in zip(*costs, strict=True)]


def cost(project: Path, *arguments: str, show: bool = False, **environment: str) -> Cost:
    """Run the project's Python, and return what that took."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [project / ".venv/bin/python", *arguments],
            cwd=project,
            env=clean_environment(**environment),
            stdout=None if show else output,
            stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        assert status == 0, output.read()
    return Cost(time.perf_counter() - started, usage.ru_maxrss // 1024)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100, 1000])
