"""Cost of the migration workflow, as ratios to plain Alembic in the same run.

Generates a project with N tables and N revisions, and the same history under an `env.py` as
`alembic init` writes it. Each command is run by both in turn; a new column is new to both.
Usage: python -P bench/migrations.py [N ...] (beside measuring.py)
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]
sys.path.append(str(ROOT / "bench"))

from baking import bake
from databases import rows
from measuring import Cost, Server
from running import make

REPEATS = 3
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


def main(sizes: list[int]) -> None:
    """Print one table for each size."""
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="bench-migrations-"))
        folder.chmod(0o755)
        project = bake(folder, starter="blank", project_slug="bench", docker="no", ci="none").path
        try:
            write_history(project, size)
            assert make(project, "install").returncode == 0
            with Server.in_memory() as server:
                measure(project, server, size)
        finally:
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


def measure(project: Path, server: Server, size: int) -> None:
    """Run the commands of both, and print seconds and ratios."""

    def alembic(kind: str, *arguments: str) -> Cost:
        ini = ["-c", "plain.ini"] if kind == "plain" else []
        module = "alembic" if kind == "plain" or arguments[0] == "upgrade" else "alembic_workflow"
        return server.cost(project, "-m", module, *ini, *arguments, database=kind)

    def from_zero(kind: str) -> Cost:
        recreate(server.url, kind)
        return alembic(kind, "upgrade", "head")

    def revision(kind: str) -> Cost:
        try:
            return alembic(kind, "revision", "--autogenerate", "-m", "x")
        finally:
            for path in project.glob("*/versions/*_x*.py"):
                path.unlink()

    print(f"\n{size} tables, {size} revisions      ours   plain   ratio (seconds of CPU)")
    compare("upgrade from zero", from_zero)
    compare("upgrade, nothing to do", lambda kind: alembic(kind, "upgrade", "head"))
    compare("revision, nothing new", revision)
    model = project / "app/models/tables.py"
    text = model.read_text()
    model.write_text(text + "    extra: Mapped[int | None]\n")
    compare("revision, a new column", revision)
    model.write_text(text)
    script = Path(__file__).with_name("migration_phases.py")
    server.cost(project, "-P", str(script), show=True)


def compare(name: str, run: Callable[[str], Cost]) -> None:
    """Run a command of both in turn, and print a line with the best of each, and the memory."""
    costs = [(run("ours"), run("plain")) for _ in range(REPEATS)]
    our, their = (min(column) for column in zip(*costs, strict=True))
    print(
        f"{name:28} {our.seconds:6.2f} s {their.seconds:6.2f} s {our.seconds / their.seconds:6.2f}"
        f"  {our.megabytes:4} and {their.megabytes:4} MB",
        flush=True,
    )


def recreate(server: URL, name: str) -> None:
    """Make an empty database."""
    statements = (f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    rows(server, *statements)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100, 1000])
