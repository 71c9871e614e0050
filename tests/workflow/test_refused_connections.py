"""Messages when the server, the database or a right is missing: one, and nothing is changed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import free_port
from sqlalchemy import URL

from workflow.histories import line_of, write_revision_after
from workflow.refusals import PASSWORD, ROLLED_BACK, refusal, state
from workflow.workbench import Workbench

LOOK = "See that it runs and lets you in, or correct its URL."


def text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture
def guarded(project: Workbench) -> Iterator[URL]:
    """The database through a role that has a password, and few rights."""
    [(file,)] = project.sql("SHOW hba_file")
    access = Path(file)
    original = access.read_text()
    write_access(project, access, f"local all guarded scram-sha-256\n{original}")
    project.sql(
        f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guarded",
    )
    yield project.url.set(username="guarded", password=PASSWORD)
    project.sql("DROP OWNED BY guarded", "DROP ROLE guarded")
    write_access(project, access, original)


def write_access(project: Workbench, path: Path, rules: str) -> None:
    """Change who may connect, and return once that is so."""
    path.write_text(rules)
    loaded = "SELECT pg_conf_load_time()"
    before = project.sql(loaded)
    project.sql("SELECT pg_reload_conf()")
    deadline = time.monotonic() + 30
    while project.sql(loaded) == before:
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    "command",
    [("upgrade", "head"), ("check",), ("alembic", "upgrade", "head"), ("alembic", "check")],
    ids=" ".join,
)
def test_a_server_that_is_down(project: Workbench, command: tuple[str, ...]) -> None:
    port = free_port()
    down = URL.create("postgresql+psycopg2", "api", PASSWORD, "127.0.0.1", port, "blog")

    assert refusal(project, *command, DATABASE_URL=text(down)) == (
        f"PostgreSQL at 127.0.0.1, port {port}, database blog: Connection refused. {LOOK}"
    )


@pytest.mark.parametrize("command", [("upgrade", "head"), ("alembic", "check")], ids=" ".join)
def test_a_wrong_password(project: Workbench, guarded: URL, command: tuple[str, ...]) -> None:
    wrong = guarded.set(password=f"not-{PASSWORD}")

    assert refusal(project, *command, DATABASE_URL=text(wrong)).endswith(
        f'FATAL: password authentication failed for user "guarded". {LOOK}'
    )


@pytest.mark.parametrize("command", [("upgrade", "head"), ("alembic", "check")], ids=" ".join)
def test_a_database_that_does_not_exist(project: Workbench, command: tuple[str, ...]) -> None:
    missing = project.url.set(database="missing")

    assert refusal(project, *command, DATABASE_URL=text(missing)).endswith(
        f'database "missing" does not exist. {LOOK}'
    )


@pytest.mark.parametrize(
    "command", [("upgrade", "head"), ("alembic", "upgrade", "head")], ids=" ".join
)
def test_no_right_to_create_a_table(
    project: Workbench, guarded: URL, command: tuple[str, ...]
) -> None:
    project.sql("DROP TABLE alembic_version_my_api")

    assert refusal(project, *command, DATABASE_URL=text(guarded)) == (
        "PostgreSQL says: permission denied for schema public. "
        "Use the role that owns the tables, or have the right granted."
    )


def test_no_right_to_change_a_table(project: Workbench, guarded: URL) -> None:
    path = write_revision_after(project, "aaaa", upgrade='op.execute("DROP TABLE votes")')
    before = state(project)

    assert refusal(project, "upgrade", "head", DATABASE_URL=text(guarded)) == (
        f"{path.name}, line {line_of(path, 'DROP')}: must be owner of table votes. {ROLLED_BACK} "
        "Use the role that owns the tables, or have the right granted."
    )
    assert state(project) == before


def test_no_right_to_create_the_scratch_database(project: Workbench, guarded: URL) -> None:
    line = refusal(project, "check", DATABASE_URL=text(guarded))

    assert "The role guarded has no right to create the scratch database" in line
    assert "ALTER ROLE" in line
