"""Commands that must fail in one line and leave all as it was, and what that line says."""

from pathlib import Path
from typing import Any

from workflow.histories import write_revision_after
from workflow.workbench import Workbench

PASSWORD = "hunter2"
MINE, OTHER = "aaaaaaaaaaaa", "aaaabbbbbbbb"
ROLLED_BACK = "What that revision had not committed was rolled back; those before it stay."
IN_SCRATCH_DATABASE = "It ran in a scratch database; yours is as it was."
AGAIN = "run the command again."


def refusal(project: Workbench, *command: str, **environment: str) -> str:
    """Run a command that must fail, and return the one line in which it says why."""
    status, output = project.run(*command, **environment)
    assert status != 0, output
    assert "Traceback" not in output, output
    assert PASSWORD not in output
    assert not [name for name in project.databases() if "scratch" in name]
    [line] = [line for line in output.splitlines() if not line.startswith("INFO")]
    return line.removeprefix("FAILED: ")


def state(project: Workbench) -> tuple[list[Any], list[Any], set[Path]]:
    """Return the revision, the tables, and the files of the revisions."""
    return (
        project.sql("SELECT version_num FROM alembic_version_my_api ORDER BY 1"),
        project.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"),
        set(project.versions.glob("*.py")),
    )


def write_table(project: Workbench, upgrade: str = "pass", name: str = MINE, **after: str) -> Path:
    """Write a revision that creates a table, and then does what is given."""
    create = f'op.execute("CREATE TABLE t_{name} (id int)")\n{upgrade}'
    return write_revision_after(
        project, name, **after, upgrade=create, downgrade=f'op.drop_table("t_{name}")'
    )


def write_two_heads(project: Workbench) -> None:
    """Write two revisions that come after the same one."""
    for name in (MINE, OTHER):
        write_table(project, name=name)
