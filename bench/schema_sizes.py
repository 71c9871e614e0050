"""Cost of adopting and changing schemas of several sizes: no phase may grow faster than linearly.

Generates a database for each size, with 1,500 indexes and 500 triggers to 400 tables, and prints
the seconds of CPU that each command takes, its own and the server's, and how they grow with the
tables. Usage: python -P bench/schema_sizes.py [TABLES ...] (beside database_copies.py and
measuring.py)
"""

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]
sys.path.append(str(ROOT / "bench"))

from baking import bake
from database_copies import Copies
from measuring import Server
from running import make

COLUMNS = """id bigserial PRIMARY KEY, name varchar(50) NOT NULL, note text,
  kind varchar(9) CHECK (kind IN ('a', 'b')), state state DEFAULT 'new', amount numeric(10, 2),
  at timestamptz DEFAULT now(), data jsonb DEFAULT '{}'"""
INDEXES = ("(name)", "(kind, state) WHERE kind IN ('a', 'b')", "(at DESC)", "(lower(note))")
START = """
CREATE TYPE state AS ENUM ('new', 'done');
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""
CHANGE = """
from sqlalchemy import Column, Integer

Base.metadata.tables["t0"].append_column(Column("extra", Integer, index=True))
"""
MODELS = Path("app/models/existing.py")
PHASES = {
    "models": ("models", "--base", "app.models.base", "--to", str(MODELS)),
    "baseline": ("baseline",),
    "baseline --force": ("baseline", "--force"),
    "check": ("check",),
    "revision": ("revision", "--autogenerate", "-m", "x"),
}


def schema(size: int, *, has_triggers: bool) -> str:
    """Return the statements that make so many tables, and what belongs to them."""
    statements = [START]
    for number in range(size):
        other = f"other_id bigint REFERENCES t{max(number - 1, 0)}"
        statements.append(f"CREATE TABLE t{number} ({COLUMNS}, {other});")
    for number in range(size * 15 // 4):
        table, which = number % size, number // size
        statements.append(f"CREATE INDEX t{table}_{which} ON t{table} {INDEXES[which]};")
    for number in range(size * 5 // 4 if has_triggers else 0):
        statements.append(
            f"CREATE TRIGGER g{number // size} BEFORE UPDATE ON t{number % size} "
            "FOR EACH ROW EXECUTE FUNCTION stamp();"
        )
    return "\n".join(statements)


def measure(project: Path, server: Server, copies: Copies, size: int) -> dict[str, float]:
    """Return the seconds of each phase."""
    database = copies.url("adopted").database
    workflow = ("-m", "alembic_workflow")
    seconds: dict[str, float] = {}
    for phases in (("models", "baseline"), ("models", "baseline --force", "check", "revision")):
        for path in (project / MODELS, *(project / "migrations/versions").glob("*.py")):
            path.unlink(missing_ok=True)
        source = project / "schema.sql"
        source.write_text(schema(size, has_triggers="check" in phases), encoding="utf-8")
        copies.load(str(source))
        for phase in phases:
            if phase == "check":
                server.cost(project, *workflow, "upgrade", "head", database=database)
            if phase == "revision":
                with (project / MODELS).open("a", encoding="utf-8") as file:
                    file.write(CHANGE)
            cost = server.cost(project, *workflow, *PHASES[phase], database=database)
            seconds[phase] = cost.seconds
            print(f"{size:5} tables  {phase:16} {seconds[phase]:8.1f} s", flush=True)
    return seconds


def main(sizes: list[int]) -> None:
    """Print a table: a line for each phase, a column for each size, and the growth."""
    folder = Path(tempfile.mkdtemp(prefix="bench-sizes-"))
    folder.chmod(0o755)
    project = bake(folder, starter="blank", project_slug="adopted", docker="no", ci="none").path
    try:
        assert make(project, "install").returncode == 0
        with Server.in_memory() as server, Copies.of(server.url) as copies:
            columns = {size: measure(project, server, copies, size) for size in sizes}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(
        "\nseconds of CPU    "
        + " ".join(f"{size:5} tables" for size in sizes)
        + "  growth / linear"
    )
    first, last = sizes[0], sizes[-1]
    for phase in PHASES:
        cells = " ".join(f"{columns[size][phase]:12.1f}" for size in sizes)
        growth = columns[last][phase] / columns[first][phase] / (last / first)
        print(f"{phase:16} {cells} {growth:12.2f}")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100, 200, 400])
