"""Upgrades of a database in use: by many processes, against locks, and cut short."""

import re
import threading
import time
from contextlib import ExitStack, closing

import pytest
from databases import connect

from workflow.background import complaints, running
from workflow.revisions import (
    ATTEMPTS,
    HISTORY,
    OWNER,
    PUBLISHED,
    VOTES,
    current,
    write_sql,
)
from workflow.sessions import (
    MIGRATION_LOCK,
    blocked,
    end,
    holding,
    session,
    wait_until_it_ends,
)
from workflow.workbench import Workbench

UPGRADE = ("alembic", "upgrade", "head")
ADD_COLUMN = "ALTER TABLE users ADD COLUMN x int"
PATIENT = "-c lock_timeout=20s"
IMPATIENT = "-c lock_timeout=1s"


@pytest.fixture
def empty(project: Workbench) -> Workbench:
    """The service with a database that nothing has been done to."""
    project.sql(
        f'DROP DATABASE "{project.url.database}" WITH (FORCE)',
        f'CREATE DATABASE "{project.url.database}" TEMPLATE template0',
        database="postgres",
    )
    return project


def test_sixteen_at_once_apply_each_revision_once(empty: Workbench) -> None:
    with ExitStack() as stack:
        upgrades = [stack.enter_context(running(empty, *UPGRADE)) for _ in range(16)]
        results = [upgrade.result() for upgrade in upgrades]

    output = "".join(result.output for result in results)
    assert [result.status for result in results] == [0] * 16, output
    for revision in HISTORY:
        assert len(re.findall(f"Running upgrade .*-> {revision}", output)) == 1
    assert current(empty) == VOTES
    assert empty.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


def test_after_a_kill_the_next_run_goes_on(project: Workbench) -> None:
    revision = write_sql(project, "CREATE TABLE half (id int); LOCK TABLE users")
    with (
        holding(project, "LOCK TABLE users IN ACCESS SHARE MODE") as blocker,
        running(project, *UPGRADE) as process,
    ):
        blocked(project)
        process.kill()

        assert current(project) == VOTES
        assert project.sql("SELECT to_regclass('half')") == [(None,)]
        with running(project, "alembic", "-x", "lock_retry_seconds=10", "upgrade", "head") as rerun:
            rerun.line("Running upgrade")
            blocker.release()
            assert rerun.result().status == 0

    assert current(project) == revision


def test_a_revision_that_waits_too_long_lets_others_pass_and_is_tried_again(
    project: Workbench,
) -> None:
    revision = write_sql(project, ADD_COLUMN)
    delays: list[float] = []
    done = threading.Event()

    def read() -> None:
        with closing(connect(project.url)) as connection:
            while not done.is_set():
                start = time.monotonic()
                connection.cursor().execute("SELECT count(*) FROM users")
                delays.append(time.monotonic() - start)
                done.wait(0.02)

    reader = threading.Thread(target=read)
    with (
        holding(project, "SET application_name = 'report'; SELECT count(*) FROM users") as blocker,
        running(project, *UPGRADE) as process,
    ):
        waiting = blocked(project)
        since = time.monotonic()
        reader.start()
        try:
            wait_until_it_ends(project, waiting)
            passed = len(delays)
            time.sleep(max(0.0, since + 3 - time.monotonic()))  # what is tested takes that long
            blocker.release()
            status, output = process.result()
        finally:
            done.set()
            reader.join()

    assert status == 0, output
    assert current(project) == revision
    assert f"is held by process {blocker.pid} (report, idle in transaction" in output
    assert "Next attempt in" in output
    assert len(delays) > passed
    assert max(delays) < 2.5


def test_a_deadlock_is_tried_again(project: Workbench) -> None:
    revision = write_sql(project, "LOCK TABLE posts; LOCK TABLE users")
    with (
        holding(project, "SET deadlock_timeout = '20s'; LOCK TABLE users") as other,
        running(project, *UPGRADE, PGOPTIONS=PATIENT) as process,
    ):
        blocked(project)
        # The migration is the one that gives way, as it is the first to look for a deadlock.
        other.execute("LOCK TABLE posts")
        other.release()
        status, output = process.result()

    assert status == 0, output
    assert "Next attempt in" in output
    assert current(project) == revision


def test_when_the_retries_end_one_message_names_who_holds_the_lock(project: Workbench) -> None:
    first = write_sql(project, "SELECT 1")
    second = write_sql(project, ADD_COLUMN)
    with holding(project, "SELECT count(*) FROM users") as blocker:
        status, output = project.run("alembic", "-x", "lock_retry_seconds=1", "upgrade", "head")

    assert status != 0
    [message] = complaints(output)
    assert f"upgrade {first} -> {second} was rolled back" in message
    assert f"held by process {blocker.pid} (idle in transaction" in message
    assert "run the command again" in message
    assert "Next attempt in" in output
    assert current(project) == first


def test_each_revision_is_retried_for_the_whole_time(project: Workbench) -> None:
    write_sql(project, "SELECT pg_sleep(1.5)")
    revision = write_sql(project, ADD_COLUMN)
    retry = ("-x", "lock_retry_seconds=1")
    with (
        holding(project, "SELECT count(*) FROM users") as blocker,
        running(project, "alembic", *retry, "upgrade", "head", PGOPTIONS=IMPATIENT) as process,
    ):
        waiting = blocked(project)
        wait_until_it_ends(project, waiting)
        blocker.release()
        status, output = process.result()

    assert status == 0, output
    assert "Next attempt in" in output
    assert current(project) == revision


def test_the_time_to_retry_is_a_number(project: Workbench) -> None:
    status, output = project.run("alembic", "-x", "lock_retry_seconds=long", "upgrade", "head")

    assert status != 0
    assert complaints(output) == ["FAILED: -x lock_retry_seconds=long: write a number of seconds."]


def test_a_relative_target_is_not_overshot_by_a_second_attempt(empty: Workbench) -> None:
    empty.succeed("alembic", "upgrade", ATTEMPTS)
    with (
        holding(empty, "LOCK TABLE users") as blocker,
        running(empty, "alembic", "upgrade", "+2", PGOPTIONS=IMPATIENT) as process,
    ):
        waiting = blocked(empty)
        wait_until_it_ends(empty, waiting)
        blocker.release()
        status, output = process.result()

    assert status == 0, output
    assert "Next attempt in" in output
    assert current(empty) == OWNER


def test_one_migration_at_a_time_but_looking_is_free(project: Workbench) -> None:
    with (
        holding(project, "LOCK TABLE votes") as blocker,
        running(project, "downgrade", "-1", PGOPTIONS=PATIENT) as first,
    ):
        blocked(project)
        holder = session(project, MIGRATION_LOCK)

        for command in (["downgrade", "-1"], ["stamp", "base"]):
            status, output = project.run("alembic", "-x", "lock_retry_seconds=1", *command)
            assert status != 0
            [message] = complaints(output)
            assert f"Another migration of this service is running: process {holder}" in message
            assert "Nothing was changed" in message
        for command in (["upgrade", "head"], ["current"]):
            project.succeed("alembic", "-x", "lock_retry_seconds=0", *command)

        blocker.release()
        assert first.result().status == 0
    assert current(project) == PUBLISHED


def test_a_migration_ends_well_if_its_lock_is_lost(project: Workbench) -> None:
    revision = write_sql(project, ADD_COLUMN)
    with (
        holding(project, "LOCK TABLE users") as blocker,
        running(project, *UPGRADE, PGOPTIONS=PATIENT) as process,
    ):
        blocked(project)
        end(project, session(project, MIGRATION_LOCK))
        blocker.release()
        status, output = process.result()

    assert status == 0, output
    assert complaints(output) == []
    assert current(project) == revision


def test_no_revision_runs_without_the_lock(project: Workbench) -> None:
    write_sql(project, ADD_COLUMN)
    with (
        holding(project, "LOCK TABLE users"),
        running(project, *UPGRADE, PGOPTIONS=IMPATIENT) as process,
    ):
        blocked(project)
        end(project, session(project, MIGRATION_LOCK))
        status, output = process.result()

    assert status != 0
    [message] = complaints(output)
    assert "The connection that held the migration lock was lost." in message
    assert current(project) == VOTES


def test_a_long_step_says_every_five_seconds_how_long_it_takes(project: Workbench) -> None:
    revision = write_sql(project, "SELECT pg_sleep(6)")

    output = project.succeed(*UPGRADE)

    assert re.findall(r"\.\.\. (.*): [56] s$", output, re.M) == [f"upgrade {VOTES} -> {revision}"]


def test_a_blocked_step_says_for_whom_it_waits(project: Workbench) -> None:
    write_sql(project, ADD_COLUMN)
    with (
        holding(project, "LOCK TABLE users") as blocker,
        running(project, *UPGRADE, PGOPTIONS=PATIENT) as process,
    ):
        waiting = blocked(project)
        line = process.line("... ")
        blocker.release()
        assert process.result().status == 0

    assert f"waits for process {blocker.pid}" in line
    assert waiting != blocker.pid


def test_the_table_of_versions_can_be_made_by_itself(empty: Workbench) -> None:
    empty.succeed("alembic", "ensure_version")

    assert current(empty) is None
