"""Indexes that are built while others write, on real PostgreSQL."""

import logging
import re
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager

import psycopg2
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from alembic_workflow import create_index_concurrently, drop_index_concurrently

from workflow.background import running
from workflow.revisions import VOTES, operations, write_revision
from workflow.sessions import Blocker, blocked, end, holding, wait_for
from workflow.workbench import Workbench

UPGRADE = ("alembic", "upgrade", "head")
CREATE = "create_index_concurrently('ix', 'things', ['name'])"
DROP = "drop_index_concurrently('ix', table_name='things')"
SHORT = "-c lock_timeout=100ms -c statement_timeout=500ms"
VALID = "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'ix'"
DEFINITION = "SELECT pg_get_indexdef('ix'::regclass)"
AS_CREATED = "CREATE INDEX ix ON public.things USING btree (name)"


@pytest.fixture
def things(project: Workbench) -> Workbench:
    """The service with a table of fifty rows."""
    project.sql(
        "CREATE TABLE things (id int PRIMARY KEY, name text, data jsonb)",
        "INSERT INTO things SELECT i, 'Name ' || i, '{}' FROM generate_series(1, 50) AS i",
    )
    return project


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "alembic.workflow")


def create() -> None:
    create_index_concurrently("ix", "things", ["name"])


def writing(project: Workbench) -> AbstractContextManager[Blocker]:
    """A transaction that has written to the table, which a new index must wait for."""
    return holding(project, "INSERT INTO things VALUES (99, 'Name 99')")


def wait_until_it_lasts(project: Workbench, statement: str) -> None:
    """Return once the statement has run for longer than the timeouts of these tests."""
    wait_for(
        project,
        "(SELECT now() - query_start > interval '700 ms' FROM pg_stat_activity "
        f"WHERE query LIKE '{statement}%')",
    )


def leave_invalid_index(project: Workbench) -> None:
    """Leave what a cancelled CREATE INDEX CONCURRENTLY leaves."""
    with writing(project), pytest.raises(psycopg2.errors.LockNotAvailable):
        project.sql(
            "SET lock_timeout = '1ms'", "CREATE INDEX CONCURRENTLY ix ON things (lower(name))"
        )
    assert project.sql(VALID) == [(False,)]


def test_an_index_is_created_and_dropped(things: Workbench) -> None:
    write_revision(things, CREATE, DROP)

    things.succeed(*UPGRADE)
    assert things.sql(DEFINITION) == [(AS_CREATED,)]
    assert things.sql(VALID) == [(True,)]

    things.succeed("alembic", "downgrade", "-1")
    assert things.sql(VALID) == []


def test_dropping_an_index_that_is_not_there_is_no_error(things: Workbench) -> None:
    with operations(things):
        drop_index_concurrently("ix", table_name="things")


def test_it_waits_for_a_writer_for_longer_than_the_timeouts(things: Workbench) -> None:
    settings = "sa.text(\"SELECT current_setting('lock_timeout'), "
    settings += "current_setting('statement_timeout')\")"
    write_revision(things, f"{CREATE}; print(op.get_bind().execute({settings}).one())")
    with writing(things) as other, running(things, *UPGRADE, PGOPTIONS=SHORT) as process:
        blocked(things, "CREATE INDEX")
        wait_until_it_lasts(things, "CREATE INDEX")
        other.commit()
        status, output = process.result()

    assert status == 0, output
    assert things.sql(VALID) == [(True,)]
    assert "('100ms', '500ms')" in output


def test_dropping_waits_for_a_reader_for_longer_than_the_timeouts(things: Workbench) -> None:
    things.sql("CREATE INDEX ix ON things (name)")
    write_revision(things, DROP)
    with writing(things) as other, running(things, *UPGRADE, PGOPTIONS=SHORT) as process:
        blocked(things, "%DROP INDEX")
        wait_until_it_lasts(things, "_DROP INDEX")
        other.commit()
        status, output = process.result()

    assert status == 0, output
    assert things.sql(VALID) == []


def test_duplicate_values_leave_no_index_and_the_timeout_as_it_was(things: Workbench) -> None:
    things.sql("UPDATE things SET name = 'twice' WHERE id < 3")
    write_revision(things, "create_index_concurrently('ix', 'things', ['name'], unique=True)")

    things.fail("upgrade", "head")
    assert things.sql(VALID) == []
    with operations(things, "-c lock_timeout=200ms") as connection:
        with pytest.raises(sa.exc.IntegrityError) as caught:
            create_index_concurrently("ix", "things", ["name"], unique=True)
        assert isinstance(caught.value.orig, psycopg2.errors.UniqueViolation)
        assert connection.scalar(sa.text("SHOW lock_timeout")) == "200ms"
    assert things.sql(VALID) == []

    things.sql("UPDATE things SET name = 'once' WHERE id = 1")
    things.succeed(*UPGRADE)
    assert things.sql(VALID) == [(True,)]


def test_an_invalid_leftover_is_replaced(
    things: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    leave_invalid_index(things)

    with operations(things):
        create()

    assert "invalid" in caplog.text
    assert things.sql(VALID) == [(True,)]
    assert things.sql(DEFINITION) == [(AS_CREATED,)]


def test_an_invalid_index_of_another_table_is_left_alone(things: Workbench) -> None:
    leave_invalid_index(things)
    things.sql("CREATE TABLE others (name text)")

    with (
        operations(things),
        pytest.raises(CommandError, match="'ix' on 'others': that name belongs to"),
    ):
        create_index_concurrently("ix", "others", ["name"])
    assert things.sql(VALID) == [(False,)]


def create_odd() -> None:
    create_index_concurrently(
        'Odd "ix" 100%:a',
        "Odd % table",
        ["A b", sa.text("lower(c) DESC NULLS LAST")],
        schema="Odd: schema",
        unique=True,
        postgresql_include=["d"],
        postgresql_where=sa.text("c LIKE '%x' AND d::text <> 'a'"),
        postgresql_with={"fillfactor": 50},
        postgresql_nulls_not_distinct=True,
    )


def test_odd_names_expressions_and_options_work_and_are_accepted_again(
    project: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    project.sql(
        'CREATE SCHEMA "Odd: schema"',
        'CREATE TABLE "Odd: schema"."Odd % table" ("A b" text COLLATE "C", c text, d varchar(9))',
    )
    with operations(project):
        create_odd()
    assert "exists already" not in caplog.text

    with operations(project) as connection:
        create_odd()
        count = sa.text("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")
        assert connection.scalar(count) == 0

    assert "exists already" in caplog.text
    names = "SELECT indexname FROM pg_indexes WHERE schemaname = 'Odd: schema'"
    assert project.sql(names) == [('Odd "ix" 100%:a',)]
    with operations(project):
        drop_index_concurrently('Odd "ix" 100%:a', "Odd % table", schema="Odd: schema")
    assert project.sql(names) == []


def test_a_name_that_sqlalchemy_shortens_is_found_again(
    things: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        assert "exists already" not in caplog.text
        with operations(things):
            create_index_concurrently(op.f("ix_" + 70 * "x"), "things", ["name"])

    assert "exists already" in caplog.text


@pytest.mark.parametrize(
    "other",
    [
        "CREATE INDEX ix ON things (id)",
        "CREATE UNIQUE INDEX ix ON things (name)",
        "CREATE INDEX ix ON things (name, id)",
        "CREATE INDEX ix ON things (name) INCLUDE (id)",
        "CREATE INDEX ix ON things (name DESC)",
        "CREATE INDEX ix ON things (name text_pattern_ops)",
        'CREATE INDEX ix ON things (name COLLATE "C")',
        "CREATE INDEX ix ON things (name) WHERE id > 3",
        "CREATE INDEX ix ON things (name) WITH (fillfactor = 40)",
        "CREATE INDEX ix ON things USING hash (name)",
        "CREATE INDEX ix ON users (email)",
        "CREATE TABLE ix (id int)",
        "CREATE SEQUENCE ix",
    ],
)
def test_a_name_that_belongs_to_something_else_is_an_error(things: Workbench, other: str) -> None:
    things.sql(other)

    with (
        operations(things),
        pytest.raises(CommandError, match="'ix' on 'things': that name belongs to"),
    ):
        create()

    assert things.sql("SELECT to_regclass('ix') IS NOT NULL") == [(True,)]


def test_a_table_that_is_missing_is_an_error(project: Workbench) -> None:
    with operations(project), pytest.raises(CommandError, match="no table 'nothing'"):
        create_index_concurrently("ix", "nothing", ["name"])


@pytest.fixture
def killed(things: Workbench) -> Iterator[tuple[Blocker, int]]:
    """A writer, and the session of an upgrade that was killed while it waited for the writer."""
    write_revision(things, CREATE)
    with writing(things) as other:
        with running(things, *UPGRADE) as process:
            session = blocked(things, "CREATE INDEX")
            process.kill()
        assert things.sql(VALID) == [(False,)]
        yield other, session


def test_after_a_kill_the_statement_that_still_runs_is_waited_for(
    things: Workbench, killed: tuple[Blocker, int]
) -> None:
    other, _ = killed
    before = things.sql("SELECT 'ix'::regclass::oid")
    with running(things, *UPGRADE) as repeated:
        # The repeated upgrade has looked, and is not waiting inside PostgreSQL.
        wait_for(
            things,
            "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND query LIKE '%is_being' || '_built%' AND state = 'idle' AND backend_xmin IS NULL)",
        )
        other.commit()
        status, output = repeated.result()

    assert status == 0, output
    assert "exists already" in output
    assert "Next attempt" not in output
    assert things.sql("SELECT 'ix'::regclass::oid") == before
    assert things.sql(VALID) == [(True,)]


def test_after_a_kill_what_the_statement_left_is_replaced(
    things: Workbench, killed: tuple[Blocker, int]
) -> None:
    other, session = killed
    end(things, session)
    with running(things, *UPGRADE, PGOPTIONS="-c lock_timeout=50ms") as repeated:
        blocked(things, "%DROP INDEX")
        other.commit()
        status, output = repeated.result()

    assert status == 0, output
    assert "invalid" in output
    assert things.sql(VALID) == [(True,)]


def test_after_a_kill_before_the_stamp_the_index_is_accepted(things: Workbench) -> None:
    things.sql(AS_CREATED.replace("INDEX", "INDEX CONCURRENTLY"))
    write_revision(things, CREATE)

    assert "exists already" in things.succeed(*UPGRADE)


def test_ctrl_c_stops_it_and_leaves_no_index(things: Workbench) -> None:
    write_revision(things, CREATE)
    with writing(things) as other, running(things, *UPGRADE) as process:
        blocked(things, "CREATE INDEX")
        process.send(signal.SIGINT)
        # The broken index goes as soon as nobody can be using it.
        blocked(things, "%DROP INDEX")
        other.commit()
        status, output = process.result()

    assert status != 0
    assert "PendingRollbackError" not in output
    assert things.sql(VALID) == []


def test_offline_it_is_outside_the_transaction(things: Workbench) -> None:
    write_revision(things, CREATE, DROP)

    up = things.succeed("alembic", "upgrade", f"{VOTES}:head", "--sql")
    down = things.succeed("alembic", "downgrade", f"head:{VOTES}", "--sql")

    for sql, statement in (
        (up, "CREATE INDEX CONCURRENTLY ix ON things (name);"),
        (down, "DROP INDEX CONCURRENTLY IF EXISTS ix;"),
    ):
        before, after = sql.split(statement)
        assert re.search(r"BEGIN;.*COMMIT;.*SET lock_timeout = 0;", before, re.DOTALL)
        assert "BEGIN;" not in before[before.rindex("COMMIT;") :]
        assert after.index("set_config('lock_timeout'") < after.index("BEGIN;")
