"""Signals end a migration soon, and leave whole revisions."""

import signal
import time

import pytest
from alembic_workflow.database.connections import connect
from sqlalchemy import event
from sqlalchemy.pool import Pool

from workflow.background import complaints, running
from workflow.revisions import VOTES, current, write_sql
from workflow.sessions import blocked, holding, session, wait_until_it_ends
from workflow.workbench import Workbench

UPGRADE = ("alembic", "upgrade", "head")
ADD_COLUMN = "ALTER TABLE users ADD COLUMN x int"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [UPGRADE, ("upgrade", "head")])
def test_a_signal_cancels_the_statement_and_leaves_a_whole_revision(
    project: Workbench, command: tuple[str, ...], number: signal.Signals
) -> None:
    whole = write_sql(project, "SELECT 1")
    write_sql(project, "CREATE TABLE half (id int); SELECT pg_sleep(60)")
    with running(project, *command) as process:
        sleeping = session(project, "wait_event = 'PgSleep'")
        start = time.monotonic()
        process.send(number)
        status, output = process.result()

    assert status != 0
    assert time.monotonic() - start < 5
    wait_until_it_ends(project, sleeping)
    assert time.monotonic() - start < 5
    [message] = complaints(output)
    assert message.startswith("Interrupted.")
    assert "run the command again" in message
    assert current(project) == whole
    assert project.sql("SELECT to_regclass('half')") == [(None,)]


def test_a_signal_ends_the_wait_for_a_lock(project: Workbench) -> None:
    write_sql(project, ADD_COLUMN)
    with (
        holding(project, "LOCK TABLE users"),
        running(project, *UPGRADE) as first,
        running(project, *UPGRADE) as second,
    ):
        waiting = blocked(project)
        wait_until_it_ends(project, waiting)
        for process in (first, second):
            process.send(signal.SIGINT)
        for process in (first, second):
            status, output = process.result()
            assert status != 0
            assert [line[:12] for line in complaints(output)] == ["Interrupted."]
    assert current(project) == VOTES


def test_a_job_in_the_background_of_a_script_can_be_ended(project: Workbench) -> None:
    write_sql(project, ADD_COLUMN)
    with (
        holding(project, "LOCK TABLE users"),
        running(project, "upgrade", "head", ignored=[signal.SIGINT]) as process,
    ):
        waiting = blocked(project)
        wait_until_it_ends(project, waiting)
        process.send(signal.SIGTERM)
        status, output = process.result()

    assert status != 0
    assert [line[:12] for line in complaints(output)] == ["Interrupted."]
    assert current(project) == VOTES


def test_no_traceback_is_logged_of_an_interruption_while_a_connection_closes(
    project: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    event.listen(Pool, "reset", interrupt)
    try:
        with pytest.raises(KeyboardInterrupt), connect(project.url, "test"):
            pass
    finally:
        event.remove(Pool, "reset", interrupt)

    assert caplog.records == []
