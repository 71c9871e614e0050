"""Upgrades of a database in use: by many processes, against locks, and cut short."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from baking import Project, bake
from databases import connect, database_url, values
from running import clean_environment, stop_postgres, succeed, write_module
from sqlalchemy import URL

pytestmark = pytest.mark.installs
USERS, POSTS, OWNER, FILLED, REQUIRED, PUBLISHED, VOTES = HISTORY = (
    *("5a1c0e7d4b21", "8d3f2b6a9c04", "b2e94c7f1d58", "4f7a19c2d8e3"),
    *("d06b5e83a1f7", "c6071ad85e39", "e95d30f8b7a6"),
)
ALEMBIC = (".venv/bin/alembic",)
WORKFLOW = (".venv/bin/python", "-m", "alembic_workflow")
SECONDS_TO_WAIT = 60
REVISION = '''"""By hand."""

from alembic import op

revision = "{revision}"
down_revision = "{parent}"


def upgrade():
    op.execute("{sql}")


def downgrade():
    pass
'''


INTERRUPTED_WHILE_CLOSING = """
import signal
from app.config import settings
from alembic_workflow.database.connections import connect
from sqlalchemy import event
from sqlalchemy.pool import Pool

event.listen(Pool, "reset", lambda *_: signal.raise_signal(signal.SIGINT))
try:
    with connect(settings.database_url, "test"):
        pass
except KeyboardInterrupt:
    print("interrupted")
"""


@dataclass(frozen=True)
class Trial:
    """A database of a test's own, and the project that works on it."""

    project: Project
    url: URL

    def write_revision(self, sql: str, revision: str = "aaaaaaaaaaaa", parent: str = VOTES) -> None:
        path = self.project.path / f"migrations/versions/2026_02_01_0900-{revision}_by_hand.py"
        write_module(path, REVISION.format(sql=sql, revision=revision, parent=parent))

    @contextmanager
    def running(self, *command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Run the command in the background; kill it if it is still running at the end."""
        process = subprocess.Popen(
            command,
            cwd=self.project.path,
            env=clean_environment(DATABASE_URL=self.url.render_as_string(), **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def alembic(self, *arguments: str) -> tuple[int, str]:
        """Run Alembic; return its status and what it printed."""
        with self.running(*ALEMBIC, *arguments) as process:
            return ended(process)

    def connect(self) -> Any:
        return connect(self.url)

    def query(self, *statements: str) -> list[Any]:
        """Run the statements and return the first column of what the last one found."""
        return values(self.url, *statements)

    def current(self) -> list[str]:
        """Return the revision that the database is at, and that its tables are those of it."""
        tables = self.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        [found] = self.query("SELECT version_num FROM alembic_version_my_api") or [None]
        assert ("votes" in tables) == (found not in {None, *HISTORY[:-1]})
        return [found] if found else []

    def wait_for(self, condition: str) -> None:
        """Return once the condition is true of the server."""
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while not self.query(f"SELECT {condition}")[0]:
            assert time.monotonic() < deadline, condition
            time.sleep(0.01)

    def backend(self, condition: str) -> int:
        """Return the process of the server, once there is one, of which the condition is true."""
        sessions = f"FROM pg_stat_activity WHERE datname = current_database() AND ({condition})"
        self.wait_for(f"EXISTS (SELECT {sessions} AND pid <> pg_backend_pid())")
        [process] = self.query(f"SELECT pid {sessions} AND pid <> pg_backend_pid()")
        return int(process)

    def blocked(self) -> int:
        """Return the process of the server that waits for a lock, once one does."""
        return self.backend("cardinality(pg_blocking_pids(pid)) > 0")

    @contextmanager
    def holding(self, lock: str) -> Iterator["Blocker"]:
        """Hold a lock until the end, or until it is released."""
        connection = self.connect()
        connection.autocommit = False
        connection.cursor().execute(lock)
        try:
            yield Blocker(connection, connection.info.backend_pid)
        finally:
            connection.close()


@dataclass(frozen=True)
class Blocker:
    """Who holds a lock."""

    connection: Any
    pid: int

    def release(self) -> None:
        self.connection.rollback()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the status and the output of a process that ends by itself."""
    output, _ = process.communicate(timeout=SECONDS_TO_WAIT)
    assert "Traceback" not in output, output
    return process.returncode, output


def complaints(output: str) -> list[str]:
    """Return what was printed, without progress and make's own last word."""
    return [line for line in output.splitlines() if not re.match("INFO|WARN|make: ", line)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("upgrades"), starter="blog")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@contextmanager
def database(project: Project, template: str) -> Iterator[Trial]:
    url = database_url(project)
    server = Trial(project, url.set(database="postgres"))
    server.query(f'CREATE DATABASE trial TEMPLATE "{template or url.database}"')
    yield Trial(project, url.set(database="trial"))
    server.query("DROP DATABASE trial WITH (FORCE)")
    project.run("git", "clean", "-dfq", "migrations")


@pytest.fixture
def trial(installed: Project) -> Iterator[Trial]:
    """A copy of the migrated database, dropped afterwards like the revisions of the test."""
    with database(installed, "") as trial:
        yield trial


@pytest.fixture
def empty(installed: Project) -> Iterator[Trial]:
    with database(installed, "template0") as trial:
        yield trial


def test_sixteen_at_once_apply_each_revision_once(empty: Trial) -> None:
    with ExitStack() as stack:
        upgrades = [empty.running(*ALEMBIC, "upgrade", "head") for _ in range(16)]
        processes = [stack.enter_context(upgrade) for upgrade in upgrades]
        results = [ended(process) for process in processes]

    output = "".join(text for _, text in results)
    assert [status for status, _ in results] == [0] * 16, output
    for revision in HISTORY:
        assert len(re.findall(f"Running upgrade .*-> {revision}", output)) == 1
    assert empty.current() == [VOTES]
    assert empty.query("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [0]


def test_after_a_kill_the_next_run_goes_on(trial: Trial) -> None:
    trial.write_revision("CREATE TABLE half (id int); LOCK TABLE users")
    with (
        trial.holding("LOCK TABLE users IN ACCESS SHARE MODE") as blocker,
        trial.running(*ALEMBIC, "upgrade", "head") as process,
    ):
        trial.blocked()
        process.kill()
        process.wait()

        assert trial.current() == [VOTES]
        assert trial.query("SELECT to_regclass('half')") == [None]
        with trial.running(*ALEMBIC, "-x", "lock_retry_seconds=10", "upgrade", "head") as rerun:
            assert rerun.stdout is not None
            next(line for line in rerun.stdout if "Running upgrade" in line)
            blocker.release()
            assert rerun.wait(SECONDS_TO_WAIT) == 0

    assert trial.current() == ["aaaaaaaaaaaa"]


def test_a_revision_that_waits_too_long_lets_others_pass_and_is_tried_again(trial: Trial) -> None:
    trial.write_revision("ALTER TABLE users ADD COLUMN x int")
    delays: list[float] = []
    done = threading.Event()

    def read() -> None:
        connection = trial.connect()
        while not done.is_set():
            start = time.monotonic()
            connection.cursor().execute("SELECT count(*) FROM users")
            delays.append(time.monotonic() - start)
            done.wait(0.02)
        connection.close()

    reader = threading.Thread(target=read)
    with (
        trial.holding("SET application_name = 'report'; SELECT count(*) FROM users") as blocker,
        trial.running(*ALEMBIC, "upgrade", "head") as process,
    ):
        waiting = trial.blocked()
        since = time.monotonic()
        reader.start()
        trial.wait_for(f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {waiting})")
        passed = len(delays)
        time.sleep(max(0.0, since + 3 - time.monotonic()))  # what is tested takes that long
        blocker.release()
        status, output = ended(process)
        done.set()
        reader.join()

    assert status == 0, output
    assert trial.current() == ["aaaaaaaaaaaa"]
    assert f"is held by process {blocker.pid} (report, idle in transaction" in output
    assert "Next attempt in" in output
    assert len(delays) > passed
    assert max(delays) < 2.5


def test_a_deadlock_is_tried_again(trial: Trial) -> None:
    trial.write_revision("LOCK TABLE posts; LOCK TABLE users")
    with (
        trial.holding("SET deadlock_timeout = '20s'; LOCK TABLE users") as other,
        trial.running(*ALEMBIC, "upgrade", "head", PGOPTIONS="-c lock_timeout=20s") as process,
    ):
        trial.blocked()
        # The migration is the one that gives way, as it is the first to look for a deadlock.
        other.connection.cursor().execute("LOCK TABLE posts")
        other.release()
        status, output = ended(process)

    assert status == 0, output
    assert "Next attempt in" in output
    assert trial.current() == ["aaaaaaaaaaaa"]


def test_when_the_retries_end_one_message_names_who_holds_the_lock(trial: Trial) -> None:
    trial.write_revision("SELECT 1", revision="bbbbbbbbbbbb")
    trial.write_revision("ALTER TABLE users ADD COLUMN x int", parent="bbbbbbbbbbbb")
    with trial.holding("SELECT count(*) FROM users") as blocker:
        status, output = trial.alembic("-x", "lock_retry_seconds=3", "upgrade", "head")

    assert status != 0
    [message] = complaints(output)
    assert "upgrade bbbbbbbbbbbb -> aaaaaaaaaaaa was rolled back" in message
    assert f"held by process {blocker.pid} (idle in transaction" in message
    assert "run the command again" in message
    assert trial.current() == ["bbbbbbbbbbbb"]


def test_each_revision_is_retried_for_the_whole_time(trial: Trial) -> None:
    trial.write_revision("SELECT pg_sleep(4)", revision="bbbbbbbbbbbb")
    trial.write_revision("ALTER TABLE users ADD COLUMN x int", parent="bbbbbbbbbbbb")
    with (
        trial.holding("SELECT count(*) FROM users") as blocker,
        trial.running(*ALEMBIC, "-x", "lock_retry_seconds=3", "upgrade", "head") as process,
    ):
        waiting = trial.blocked()
        trial.wait_for(f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {waiting})")
        blocker.release()
        status, output = ended(process)

    assert status == 0, output
    assert trial.current() == ["aaaaaaaaaaaa"]


def test_the_time_to_retry_is_a_number(trial: Trial) -> None:
    status, output = trial.alembic("-x", "lock_retry_seconds=long", "upgrade", "head")

    assert status != 0
    assert complaints(output) == ["FAILED: -x lock_retry_seconds=long: write a number of seconds."]


def test_a_relative_target_is_not_overshot_by_a_second_attempt(empty: Trial) -> None:
    assert empty.alembic("upgrade", USERS)[0] == 0
    with (
        empty.holding("LOCK TABLE users") as blocker,
        empty.running(*ALEMBIC, "upgrade", "+2") as process,
    ):
        waiting = empty.blocked()
        empty.wait_for(f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {waiting})")
        blocker.release()
        status, output = ended(process)

    assert status == 0, output
    assert "Next attempt in" in output
    assert empty.current() == [OWNER]


def test_one_migration_at_a_time_but_looking_is_free(trial: Trial) -> None:
    with (
        trial.holding("LOCK TABLE votes") as blocker,
        trial.running(*WORKFLOW, "downgrade", "-1", PGOPTIONS="-c lock_timeout=20s") as first,
    ):
        trial.blocked()
        holder = trial.backend("application_name = 'my-api migration lock'")

        for command in (["downgrade", "-1"], ["stamp", "base"]):
            status, output = trial.alembic("-x", "lock_retry_seconds=1", *command)
            assert status != 0
            [message] = complaints(output)
            assert f"Another migration of this service is running: process {holder}" in message
            assert "Nothing was changed" in message
        for command in (["upgrade", "head"], ["current"]):
            status, output = trial.alembic("-x", "lock_retry_seconds=0", *command)
            assert status == 0, output

        blocker.release()
        assert ended(first)[0] == 0
    assert trial.current() == [PUBLISHED]


def test_a_migration_ends_well_if_its_lock_is_lost(trial: Trial) -> None:
    trial.write_revision("ALTER TABLE users ADD COLUMN x int")
    with (
        trial.holding("LOCK TABLE users") as blocker,
        trial.running(*ALEMBIC, "upgrade", "head", PGOPTIONS="-c lock_timeout=20s") as process,
    ):
        trial.blocked()
        holder = trial.backend("application_name = 'my-api migration lock'")
        trial.query(f"SELECT pg_terminate_backend({holder}, 5000)")
        blocker.release()
        status, output = ended(process)

    assert status == 0, output
    assert complaints(output) == []
    assert trial.current() == ["aaaaaaaaaaaa"]


def test_no_revision_runs_without_the_lock(trial: Trial) -> None:
    trial.write_revision("ALTER TABLE users ADD COLUMN x int")
    with (
        trial.holding("LOCK TABLE users") as blocker,
        trial.running(*ALEMBIC, "upgrade", "head") as process,
    ):
        trial.blocked()
        holder = trial.backend("application_name = 'my-api migration lock'")
        trial.query(f"SELECT pg_terminate_backend({holder}, 5000)")
        status, output = ended(process)
        blocker.release()

    assert status != 0
    [message] = complaints(output)
    assert "The connection that held the migration lock was lost." in message
    assert trial.current() == [VOTES]


def test_a_job_in_the_background_of_a_script_can_be_ended(trial: Trial) -> None:
    trial.write_revision("ALTER TABLE users ADD COLUMN x int")
    with (
        trial.holding("LOCK TABLE users"),
        trial.running(
            "sh", "-c", "trap '' INT; exec \"$@\"", "sh", *WORKFLOW, "upgrade", "head"
        ) as process,
    ):
        waiting = trial.blocked()
        trial.wait_for(f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {waiting})")
        process.terminate()
        status, output = ended(process)

    assert status != 0
    assert [line[:12] for line in complaints(output)] == ["Interrupted."]
    assert trial.current() == [VOTES]


def test_no_traceback_is_logged_of_an_interruption_while_a_connection_closes(trial: Trial) -> None:
    with trial.running(".venv/bin/python", "-c", INTERRUPTED_WHILE_CLOSING) as process:
        assert ended(process) == (0, "interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [("make", "upgrade"), (*ALEMBIC, "upgrade", "head")])
def test_a_signal_cancels_the_statement_and_leaves_a_whole_revision(
    trial: Trial, command: tuple[str, ...], number: signal.Signals
) -> None:
    trial.write_revision("SELECT 1", revision="bbbbbbbbbbbb")
    trial.write_revision("CREATE TABLE half (id int); SELECT pg_sleep(60)", parent="bbbbbbbbbbbb")
    with trial.running(*command) as process:
        backend = trial.backend("wait_event = 'PgSleep'")
        start = time.monotonic()
        os.killpg(process.pid, number)
        status, output = ended(process)

    assert status != 0
    assert time.monotonic() - start < 5
    trial.wait_for(f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {backend})")
    assert time.monotonic() - start < 5
    [message] = complaints(output)
    assert message.startswith("Interrupted.")
    assert "run the command again" in message
    assert trial.current() == ["bbbbbbbbbbbb"]
    assert trial.query("SELECT to_regclass('half')") == [None]


def test_a_signal_ends_the_wait_for_a_lock(trial: Trial) -> None:
    trial.write_revision("ALTER TABLE users ADD COLUMN x int")
    with (
        trial.holding("LOCK TABLE users"),
        trial.running(*ALEMBIC, "upgrade", "head") as first,
        trial.running(*ALEMBIC, "upgrade", "head") as second,
    ):
        waiting = trial.blocked()
        trial.wait_for(f"NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {waiting})")
        for process in (first, second):
            os.killpg(process.pid, signal.SIGINT)
        for process in (first, second):
            status, output = ended(process)
            assert status != 0
            assert [line[:12] for line in complaints(output)] == ["Interrupted."]
    assert trial.current() == [VOTES]


def test_a_long_step_says_every_five_seconds_how_long_it_takes(trial: Trial) -> None:
    trial.write_revision("SELECT pg_sleep(6)")

    status, output = trial.alembic("upgrade", "head")

    assert status == 0, output
    assert re.findall(r"\.\.\. (.*): [56] s$", output, re.M) == [f"upgrade {VOTES} -> aaaaaaaaaaaa"]


def test_a_blocked_step_says_for_whom_it_waits(trial: Trial) -> None:
    trial.write_revision("ALTER TABLE users ADD COLUMN x int")
    with (
        trial.holding("LOCK TABLE users") as blocker,
        trial.running(*ALEMBIC, "upgrade", "head", PGOPTIONS="-c lock_timeout=20s") as process,
    ):
        waiting = trial.blocked()
        assert process.stdout is not None
        line = next(line for line in process.stdout if "... " in line)
        blocker.release()
        assert process.wait(SECONDS_TO_WAIT) == 0

    assert f"waits for process {blocker.pid}" in line
    assert waiting != blocker.pid


def test_the_table_of_versions_can_be_made_by_itself(empty: Trial) -> None:
    status, output = empty.alembic("ensure_version")

    assert status == 0, output
    assert empty.current() == []
