"""Messages of a migration when something is wrong: one, and nothing is left half done."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from baking import Project, bake
from databases import database_url, values
from running import clean_environment, free_port, stop_postgres, succeed, write_module
from sqlalchemy import URL

pytestmark = pytest.mark.installs
PUBLISHED, VOTES = "c6071ad85e39", "e95d30f8b7a6"
MINE, OTHER = "aaaaaaaaaaaa", "aaaabbbbbbbb"
PASSWORD = "hunter2"
ALEMBIC = (".venv/bin/alembic",)
WORKFLOW = (".venv/bin/python", "-m", "alembic_workflow")
REVISION = '''"""By hand."""

from alembic import op

revision = "{revision}"
down_revision = {parent!r}


def upgrade():
    op.execute("CREATE TABLE half (id int)")
    {upgrade}


def downgrade():
    op.execute("DROP TABLE half")
'''
LINE = "2026_02_01_0900-aaaaaaaaaaaa_by_hand.py, line 11: "
ROLLED_BACK = "What that revision had not committed was rolled back; those before it stay."
IN_SCRATCH_DATABASE = "It ran in a scratch database; yours is as it was."
AGAIN = "run the command again."


@dataclass(frozen=True)
class Trial:
    """A migrated database of a test's own, and the project that works on it."""

    project: Project
    url: URL

    def write_revision(
        self,
        upgrade: str = "pass",
        revision: str = MINE,
        parent: str = VOTES,
        table: str = "half",
    ) -> Path:
        path = self.project.path / f"migrations/versions/2026_02_01_0900-{revision}_by_hand.py"
        text = REVISION.format(upgrade=upgrade, revision=revision, parent=parent)
        write_module(path, text.replace("TABLE half", f"TABLE {table}"))
        return path

    def write_two_heads(self) -> None:
        self.write_revision()
        self.write_revision(revision=OTHER, table="other_half")

    def run(self, *command: str, url: URL | None = None) -> subprocess.CompletedProcess[str]:
        address = (url or self.url).render_as_string(hide_password=False)
        return subprocess.run(
            command,
            cwd=self.project.path,
            env=clean_environment(DATABASE_URL=address),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    def refusal(self, *command: str, url: URL | None = None) -> str:
        """Run a command that must fail, and return the one line in which it says why."""
        result = self.run(*command, url=url)
        output = result.stdout + result.stderr
        assert result.returncode != 0, output
        assert "Traceback" not in output, output
        assert PASSWORD not in output
        [line] = [
            each
            for each in output.splitlines()
            if not re.match(r"INFO|make: \*\*\*|Checking", each)
        ]
        return line.removeprefix("FAILED: ")

    def query(self, *statements: str) -> list[Any]:
        """Run the statements and return the first column of what the last one found."""
        return values(self.url, *statements)

    def state(self) -> tuple[list[Any], list[Any], set[Path]]:
        """Return the revision, the tables, and the files of the revisions."""
        return (
            self.query("SELECT version_num FROM alembic_version_my_api ORDER BY 1"),
            self.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"),
            set((self.project.path / "migrations/versions").glob("*.py")),
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("bad_input"), starter="blog")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.fixture
def trial(installed: Project) -> Iterator[Trial]:
    """A copy of the migrated database; afterwards no scratch database may be left."""
    url = database_url(installed)
    server = Trial(installed, url.set(database="postgres"))
    server.query(f'CREATE DATABASE trial TEMPLATE "{url.database}"')
    yield Trial(installed, url.set(database="trial"))
    left = server.query("SELECT datname FROM pg_database WHERE datname LIKE '%scratch%'")
    server.query("DROP DATABASE trial WITH (FORCE)")
    installed.run("git", "clean", "-dfq", "migrations")
    assert left == []


@pytest.fixture
def guarded(trial: Trial) -> Iterator[URL]:
    """The database through a role that has a password, and few rights."""
    access = trial.project.path / ".postgres/data/pg_hba.conf"
    original = access.read_text()
    access.write_text(f"local all guarded scram-sha-256\n{original}")
    trial.query(
        f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guarded",
        "SELECT pg_reload_conf()",
    )
    yield trial.url.set(username="guarded", password=PASSWORD)
    access.write_text(original)
    trial.query("DROP OWNED BY guarded", "DROP ROLE guarded", "SELECT pg_reload_conf()")


@pytest.mark.parametrize("command", [WORKFLOW, ALEMBIC])
@pytest.mark.parametrize("arguments", [("upgrade", "head"), ("check",)])
def test_a_server_that_is_down(
    trial: Trial, command: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    port = free_port()
    down = URL.create("postgresql", "api", PASSWORD, "127.0.0.1", port, "blog")

    assert trial.refusal(*command, *arguments, url=down) == (
        f"PostgreSQL at 127.0.0.1, port {port}, database blog: Connection refused. "
        "Start it, or correct DATABASE_URL."
    )


@pytest.mark.parametrize("command", [(*WORKFLOW, "upgrade", "head"), (*ALEMBIC, "check")])
def test_a_wrong_password(trial: Trial, guarded: URL, command: tuple[str, ...]) -> None:
    line = trial.refusal(*command, url=guarded.set(password=f"not-{PASSWORD}"))

    assert line.endswith(
        'FATAL: password authentication failed for user "guarded". Correct DATABASE_URL.'
    )


def test_a_wrong_password_through_make(trial: Trial, guarded: URL) -> None:
    line = trial.refusal("make", "upgrade", url=guarded.set(password=f"not-{PASSWORD}"))

    assert "password authentication failed" in line
    assert ". Correct DATABASE_URL" in line


@pytest.mark.parametrize("command", [(*WORKFLOW, "upgrade", "head"), (*ALEMBIC, "check")])
def test_a_database_that_does_not_exist(trial: Trial, command: tuple[str, ...]) -> None:
    line = trial.refusal(*command, url=trial.url.set(database="missing"))

    assert line.endswith('database "missing" does not exist. Create it, or correct DATABASE_URL.')


@pytest.mark.parametrize("command", [WORKFLOW, ALEMBIC])
def test_no_right_to_create_a_table(trial: Trial, guarded: URL, command: tuple[str, ...]) -> None:
    trial.query("DROP TABLE alembic_version_my_api")

    assert trial.refusal(*command, "upgrade", "head", url=guarded) == (
        "PostgreSQL says: permission denied for schema public. "
        "Use the role that owns the tables, or have the right granted."
    )


def test_no_right_to_change_a_table(trial: Trial, guarded: URL) -> None:
    path = trial.write_revision()
    path.write_text(path.read_text().replace("CREATE TABLE half (id int)", "DROP TABLE votes"))
    before = trial.state()

    assert trial.refusal(*WORKFLOW, "upgrade", "head", url=guarded) == (
        f"{LINE.replace('11', '10')}must be owner of table votes. {ROLLED_BACK} "
        "Use the role that owns the tables, or have the right granted."
    )
    assert trial.state() == before


def test_no_right_to_create_the_scratch_database(trial: Trial, guarded: URL) -> None:
    line = trial.refusal(*WORKFLOW, "check", url=guarded)

    assert "The role guarded has no right to create the scratch database" in line
    assert "ALTER ROLE" in line


@pytest.mark.parametrize(
    "command",
    [
        (*WORKFLOW, "upgrade", "head"),
        (*ALEMBIC, "upgrade", "head"),
        (*ALEMBIC, "downgrade", "-1"),
        (*WORKFLOW, "drift"),
    ],
)
def test_a_database_at_the_revision_of_another_branch(
    trial: Trial, command: tuple[str, ...]
) -> None:
    trial.query("UPDATE alembic_version_my_api SET version_num = 'facefacefade'")
    before = trial.state()

    line = trial.refusal(*command)

    assert line.startswith("The database is at revision facefacefade")
    assert "Check that out" in line
    assert trial.state() == before


def test_a_revision_of_another_branch_can_be_overwritten_on_purpose(trial: Trial) -> None:
    trial.query("UPDATE alembic_version_my_api SET version_num = 'facefacefade'")

    assert trial.run(*ALEMBIC, "stamp", "--purge", "head").returncode == 0

    assert trial.state()[0] == [VOTES]


@pytest.mark.parametrize(
    ("upgrade", "says"),
    [
        ("nope", f"NameError: name 'nope' is not defined. {ROLLED_BACK} Correct it and {AGAIN}"),
        ("raise SystemExit", f"SystemExit: . {ROLLED_BACK} Correct it and {AGAIN}"),
        ("1 / 0", f"ZeroDivisionError: division by zero. {ROLLED_BACK} Correct it and {AGAIN}"),
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
def test_a_revision_that_fails_half_way(trial: Trial, upgrade: str, says: str) -> None:
    before = trial.state()[:2]
    trial.write_revision(upgrade)

    assert trial.refusal(*ALEMBIC, "upgrade", "head") == LINE + says

    assert trial.state()[:2] == before


def test_after_a_lost_connection_the_same_command_goes_on(trial: Trial) -> None:
    trial.write_revision("op.execute('SELECT pg_terminate_backend(pg_backend_pid())')")
    trial.refusal(*ALEMBIC, "upgrade", "head")
    trial.write_revision()

    assert trial.run(*ALEMBIC, "upgrade", "head").returncode == 0

    assert trial.state()[0] == [MINE]


@pytest.mark.parametrize(
    "command",
    [
        ("make", "upgrade"),
        (*WORKFLOW, "check"),
        (*ALEMBIC, "revision", "--autogenerate", "-m", "more"),
    ],
)
@pytest.mark.parametrize("upgrade", ["1 / 0", 'op.execute("SELECT 1/0")'])
def test_every_command_that_runs_a_revision_says_where_it_failed(
    trial: Trial, upgrade: str, command: tuple[str, ...]
) -> None:
    trial.write_revision(upgrade)
    before = trial.state()

    line = trial.refusal(*command)

    outcome = ROLLED_BACK if command == ("make", "upgrade") else IN_SCRATCH_DATABASE
    assert line.startswith(LINE)
    assert line.endswith(f"division by zero. {outcome} Correct it and {AGAIN}")
    assert trial.state() == before


def test_a_revision_that_cannot_be_written_takes_no_other_away(trial: Trial) -> None:
    before = trial.state()

    trial.refusal(*WORKFLOW, "revision", "--rev-id", VOTES, "-m", "again")
    trial.refusal(*WORKFLOW, "revision", "--rev-id", "2026", "--head", "nothing", "-m", "more")

    assert trial.state() == before


@pytest.mark.parametrize(
    "command",
    [
        ("make", "upgrade"),
        (*ALEMBIC, "upgrade", "head"),
        (*WORKFLOW, "check"),
        (*WORKFLOW, "heads"),
    ],
)
def test_a_file_with_a_syntax_error(trial: Trial, command: tuple[str, ...]) -> None:
    trial.write_revision("op.execute(")
    before = trial.state()

    assert trial.refusal(*command) == (
        f"migrations/versions/{LINE}SyntaxError: '(' was never closed. "
        f"Nothing was run. Correct it and {AGAIN}"
    )
    assert trial.state() == before


HISTORIES: dict[str, tuple[list[tuple[str, str]], str]] = {
    "two files with one id": (
        [(VOTES, PUBLISHED)],
        f"Revision {VOTES} is present more than once. "
        "Two files have one id: give one of them another.",
    ),
    "a parent that does not exist": (
        [(MINE, "0123456789ab")],
        f"Revision 0123456789ab referenced from 0123456789ab -> {MINE} (head), By hand. is not "
        "present. Correct down_revision in the second, or bring the file of the first back.",
    ),
    "a cycle": (
        [(MINE, OTHER), (OTHER, MINE)],
        f"Cycle is detected in revisions ({MINE}, {OTHER}). "
        "Correct down_revision in one of their files.",
    ),
    "itself as its parent": (
        [(MINE, MINE)],
        f"Self-loop is detected in revisions ({MINE}). Correct down_revision in its file.",
    ),
}


@pytest.mark.parametrize(("revisions", "says"), HISTORIES.values(), ids=HISTORIES.keys())
def test_a_history_that_does_not_hang_together(
    trial: Trial, revisions: list[tuple[str, str]], says: str
) -> None:
    for revision, parent in revisions:
        trial.write_revision(revision=revision, parent=parent)
    before = trial.state()

    for command in (
        (*ALEMBIC, "upgrade", "head"),
        (*ALEMBIC, "check"),
        (*WORKFLOW, "revision", "-m", "more"),
    ):
        assert trial.refusal(*command) == says
        assert trial.state() == before


@pytest.mark.parametrize(
    "command",
    [
        ("make", "upgrade"),
        (*ALEMBIC, "upgrade", "head"),
        (*ALEMBIC, "upgrade", "+1"),
        (*WORKFLOW, "stamp", "head"),
        (*WORKFLOW, "revision", "-m", "more"),
    ],
)
def test_two_heads(trial: Trial, command: tuple[str, ...]) -> None:
    trial.write_two_heads()
    before = trial.state()

    line = trial.refusal(*command)

    assert "make rebase" in line
    assert "make merge" in line
    assert trial.state() == before


def test_two_heads_are_the_first_finding_of_a_check(trial: Trial) -> None:
    trial.write_two_heads()

    result = trial.run(*WORKFLOW, "check")

    assert result.returncode == 1
    first = result.stderr.splitlines()[0]
    assert "make rebase" in first
    assert "make merge" in first


@pytest.mark.parametrize("command", [WORKFLOW, ALEMBIC])
def test_one_back_from_two_heads(trial: Trial, command: tuple[str, ...]) -> None:
    trial.write_two_heads()
    assert trial.run(*ALEMBIC, "upgrade", "heads").returncode == 0
    before = trial.state()

    assert trial.refusal(*command, "downgrade", "-1").endswith(
        "Name the revision to go to, or first put yours after the other (make rebase) or join "
        'them (make merge m="...").'
    )
    assert trial.state() == before


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ((*WORKFLOW, "upgrade", "+9"), "Relative revision +9 didn't produce 9 migrations. There"),
        ((*ALEMBIC, "downgrade", "-9"), "Relative revision -9 didn't produce 9 migrations. There"),
        ((*WORKFLOW, "upgrade", "aaaa"), "Several revisions begin with 'aaaa'; write more of it."),
        ((*ALEMBIC, "downgrade", "aaaa"), "Several revisions begin with 'aaaa'; write more of it."),
        ((*WORKFLOW, "stamp", "aaaa"), "Several revisions begin with 'aaaa'; write more of it."),
        ((*ALEMBIC, "upgrade", "nope"), "No revision is called 'nope' or begins so; make history"),
    ],
)
def test_a_target_that_is_none(trial: Trial, command: tuple[str, ...], says: str) -> None:
    if "aaaa" in command:
        trial.write_two_heads()
    before = trial.state()

    assert trial.refusal(*command).startswith(says)
    assert trial.state() == before


def test_nothing_to_undo_at_base(trial: Trial) -> None:
    assert trial.run(*ALEMBIC, "downgrade", "base").returncode == 0

    line = trial.refusal("make", "downgrade")

    assert line.endswith("There are not that many revisions from here; make history shows them.")


def test_a_full_disk_below_the_scratch_database(trial: Trial) -> None:
    disk = trial.project.path / ".postgres/disk"
    disk.mkdir()
    owner = (trial.project.path / ".postgres/data").stat().st_uid
    options = ["-o", f"size=16m,mode=700,uid={owner}"]
    mounted = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no right to mount a small disk")
    try:
        trial.query(f"CREATE TABLESPACE small LOCATION '{disk}'")
        trial.query("ALTER ROLE postgres SET default_tablespace = 'small'")
        trial.write_revision(
            "op.execute(\"CREATE TABLE big AS SELECT repeat('x', 500) FROM "
            'generate_series(1, 99999)")'
        )
        line = trial.refusal(*WORKFLOW, "check")
    finally:
        trial.query("ALTER ROLE postgres RESET default_tablespace")
        trial.query("DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", disk], check=True)

    assert line.startswith(f"{LINE}could not")
    assert "No space left on device" in line
    assert line.endswith(f"{IN_SCRATCH_DATABASE} Make room on the server's disk and {AGAIN}")
