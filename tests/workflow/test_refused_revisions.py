"""Messages when a revision fails or cannot be read: one, and nothing is left half done."""

import subprocess
from pathlib import Path

import pytest

from workflow.histories import line_of
from workflow.refusals import (
    AGAIN,
    IN_SCRATCH_DATABASE,
    MINE,
    ROLLED_BACK,
    refusal,
    state,
    write_table,
)
from workflow.revisions import VOTES
from workflow.workbench import Workbench


def place(path: Path, text: str) -> str:
    """Return how a message names the line that has this text."""
    return f"{path.name}, line {line_of(path, text)}: "


@pytest.mark.parametrize(
    ("upgrade", "says"),
    [
        ("nope", f"NameError: name 'nope' is not defined. {ROLLED_BACK} Correct it and {AGAIN}"),
        ("raise SystemExit", f"SystemExit: . {ROLLED_BACK} Correct it and {AGAIN}"),
        ("1 / 0", f"ZeroDivisionError: division by zero. {ROLLED_BACK} Correct it and {AGAIN}"),
        (
            'op.drop_constraint(None, "votes", type_="foreignkey")',
            "a constraint cannot be dropped without its name; give it one where it is made, too. "
            f"{ROLLED_BACK} Correct it and {AGAIN}",
        ),
        ('op.execute("SELECT 1/0")', f"division by zero. {ROLLED_BACK} Correct it and {AGAIN}"),
        (
            'op.execute("INSERT INTO votes VALUES (7, 7)")',
            'insert or update on table "votes" violates foreign key constraint '
            '"fk_votes_post_id_posts"; Key (post_id)=(7) is not present in table "posts". '
            f"{ROLLED_BACK} Correct it and {AGAIN}",
        ),
        (
            "op.execute(\"DO $$ BEGIN RAISE 'no room' USING ERRCODE = '53100'; END $$\")",
            f"no room. {ROLLED_BACK} Make room on the server's disk and {AGAIN}",
        ),
        (
            'op.execute("SELECT pg_terminate_backend(pg_backend_pid())")',
            f"server closed the connection unexpectedly. {ROLLED_BACK} "
            f"The connection was lost. When the server answers, {AGAIN}",
        ),
        (
            "op.execute(\"SET statement_timeout = '50ms'; SELECT pg_sleep(9)\")",
            f"canceling statement due to statement timeout. {ROLLED_BACK} "
            f"If it is statement_timeout, raise it or do less at once; {AGAIN}",
        ),
    ],
)
def test_a_revision_that_fails_half_way(project: Workbench, upgrade: str, says: str) -> None:
    path = write_table(project, upgrade)
    before = state(project)

    assert refusal(project, "alembic", "upgrade", "head") == place(path, upgrade) + says

    assert state(project) == before


def test_after_a_lost_connection_the_same_command_goes_on(project: Workbench) -> None:
    write_table(project, "op.execute('SELECT pg_terminate_backend(pg_backend_pid())')")
    refusal(project, "alembic", "upgrade", "head")
    write_table(project)

    project.succeed("alembic", "upgrade", "head")

    assert state(project)[0] == [(MINE,)]


@pytest.mark.parametrize(
    "command",
    [
        ("upgrade", "--", "head"),
        ("check",),
        ("alembic", "revision", "--autogenerate", "-m", "more"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("upgrade", ["1 / 0", 'op.execute("SELECT 1/0")'])
def test_every_command_that_runs_a_revision_says_where_it_failed(
    project: Workbench, upgrade: str, command: tuple[str, ...]
) -> None:
    path = write_table(project, upgrade)
    before = state(project)

    line = refusal(project, *command)

    outcome = ROLLED_BACK if command[0] == "upgrade" else IN_SCRATCH_DATABASE
    assert line.startswith(place(path, upgrade))
    assert line.endswith(f"division by zero. {outcome} Correct it and {AGAIN}")
    assert state(project) == before


def test_a_revision_that_cannot_be_written_takes_no_other_away(project: Workbench) -> None:
    before = state(project)

    refusal(project, "revision", "--rev-id", VOTES, "-m", "again")
    refusal(project, "revision", "--rev-id", "2026", "--head", "nothing", "-m", "more")

    assert state(project) == before


@pytest.mark.parametrize(
    "command",
    [("upgrade", "head"), ("alembic", "upgrade", "head"), ("check",), ("heads",)],
    ids=" ".join,
)
def test_a_file_with_a_syntax_error(project: Workbench, command: tuple[str, ...]) -> None:
    path = write_table(project, "op.stamp(")
    before = state(project)

    assert refusal(project, *command) == (
        f"migrations/versions/{place(path, 'op.stamp(')}SyntaxError: '(' was never closed. "
        f"Nothing was run. Correct it and {AGAIN}"
    )
    assert state(project) == before


def test_a_full_disk_below_the_scratch_database(project: Workbench) -> None:
    [(data,)] = project.sql("SHOW data_directory")
    disk = Path(data).with_name("disk")
    disk.mkdir()
    options = ["-o", f"size=16m,mode=700,uid={Path(data).stat().st_uid}"]
    mounted = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        disk.rmdir()
        pytest.skip("no right to mount a small disk")
    fill = (
        "op.execute(\"CREATE TABLE big AS SELECT repeat('x', 500) FROM generate_series(1, 99999)\")"
    )
    try:
        project.sql(f"CREATE TABLESPACE small LOCATION '{disk}'")
        project.sql("ALTER ROLE postgres SET default_tablespace = 'small'")
        path = write_table(project, fill)
        line = refusal(project, "check")
    finally:
        project.sql("ALTER ROLE postgres RESET default_tablespace")
        project.sql("DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()

    assert line.startswith(f"{place(path, 'big')}could not")
    assert "No space left on device" in line
    assert line.endswith(f"{IN_SCRATCH_DATABASE} Make room on the server's disk and {AGAIN}")
