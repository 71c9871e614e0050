"""Indexes that are built while others write, on real PostgreSQL."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from trials import Trial

pytestmark = pytest.mark.installs
CREATE = "create_index_concurrently('ix', 'things', ['name'])"
DROP = "drop_index_concurrently('ix', table_name='things')"
VALID = "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = 'ix'"
DEFINITION = "SELECT pg_get_indexdef('ix'::regclass)"
AS_CREATED = "CREATE INDEX ix ON public.things USING btree (name)"


@pytest.fixture
def things(trial: Trial) -> Trial:
    trial.query(
        "CREATE TABLE things (id int PRIMARY KEY, name text, data jsonb)",
        "INSERT INTO things SELECT i, 'Name ' || i, '{}' FROM generate_series(1, 50) AS i",
    )
    return trial


@contextmanager
def writer(trial: Trial) -> Iterator[Any]:
    """A transaction that has written to the table, which a new index must wait for."""
    connection = trial.connect()
    connection.cursor().execute("BEGIN; INSERT INTO things VALUES (99, 'Name 99')")
    yield connection
    connection.close()


def leave_invalid_index(trial: Trial) -> None:
    """Leave what a cancelled CREATE INDEX CONCURRENTLY leaves."""
    with writer(trial), pytest.raises(psycopg2.errors.LockNotAvailable):
        trial.query(
            "SET lock_timeout = '1ms'", "CREATE INDEX CONCURRENTLY ix ON things (lower(name))"
        )
    assert trial.query(VALID) == [False]


def test_an_index_is_created_and_dropped(things: Trial) -> None:
    things.write_revision(CREATE, DROP)

    things.succeed("upgrade", "head")
    assert things.query(DEFINITION) == [AS_CREATED]
    assert things.query(VALID) == [True]

    things.succeed("downgrade", "-1")
    assert things.query(VALID) == []


def test_dropping_an_index_that_is_not_there_is_no_error(things: Trial) -> None:
    things.write_revision(DROP)

    things.succeed("upgrade", "head")


def test_it_waits_for_a_writer_for_longer_than_the_timeouts(things: Trial) -> None:
    things.write_revision(
        f"""{CREATE}
    print(op.get_bind().execute(sa.text("SELECT current_setting('lock_timeout'), "
        "current_setting('statement_timeout')")).one())"""
    )
    short = "-c lock_timeout=20ms -c statement_timeout=40ms"
    with writer(things) as other, things.upgrading(PGOPTIONS=short) as process:
        things.wait_for_blocked("CREATE INDEX")
        things.wait_for(
            "(SELECT now() - query_start > interval '200 ms' FROM pg_stat_activity "
            "WHERE query LIKE 'CREATE INDEX%')"
        )
        other.cursor().execute("COMMIT")
        output, error = process.communicate(timeout=30)

    assert process.returncode == 0, error
    assert things.query(VALID) == [True]
    assert "('20ms', '40ms')" in output


def test_dropping_waits_for_a_reader_for_longer_than_the_timeouts(things: Trial) -> None:
    things.query("CREATE INDEX ix ON things (name)")
    things.write_revision(DROP)
    with writer(things) as other, things.upgrading(PGOPTIONS="-c lock_timeout=20ms") as process:
        things.wait_for_blocked("%DROP INDEX")
        things.wait_for(
            "(SELECT now() - query_start > interval '200 ms' FROM pg_stat_activity "
            "WHERE query LIKE '_DROP INDEX%')"
        )
        other.cursor().execute("COMMIT")
        assert process.wait(30) == 0

    assert things.query(VALID) == []


def test_duplicate_values_leave_no_index_and_the_timeout_as_it_was(things: Trial) -> None:
    things.query("UPDATE things SET name = 'twice' WHERE id < 3")
    things.write_revision(
        """bind = op.get_bind()
    try:
        create_index_concurrently("ix", "things", ["name"], unique=True)
    except sa.exc.IntegrityError as error:
        print("raised", type(error.orig).__name__, bind.scalar(sa.text("SHOW lock_timeout")))
        raise"""
    )

    output = things.fail("upgrade", "head", PGOPTIONS="-c lock_timeout=200ms")

    assert "raised UniqueViolation 200ms" in output
    assert things.query(VALID) == []
    things.query("UPDATE things SET name = 'once' WHERE id = 1")
    things.succeed("upgrade", "head")
    assert things.query(VALID) == [True]


def test_an_invalid_leftover_is_replaced(things: Trial) -> None:
    leave_invalid_index(things)
    things.write_revision(CREATE)

    assert "invalid" in things.succeed("upgrade", "head")

    assert things.query(VALID) == [True]
    assert things.query(DEFINITION) == [AS_CREATED]


def test_an_invalid_index_of_another_table_is_left_alone(things: Trial) -> None:
    leave_invalid_index(things)
    things.query("CREATE TABLE others (name text)")
    things.write_revision("create_index_concurrently('ix', 'others', ['name'])")

    assert "'ix' on 'others': that name belongs to" in things.fail("upgrade", "head")
    assert things.query(VALID) == [False]


ODD = """create_index_concurrently(
        'Odd "ix" 100%:a', 'Odd % table', ['A b', sa.text("lower(c) DESC NULLS LAST")],
        schema='Odd: schema', unique=True, postgresql_include=['d'],
        postgresql_where=sa.text("c LIKE '%x' AND d::text <> 'a'"),
        postgresql_with={'fillfactor': 50}, postgresql_nulls_not_distinct=True)
    count = sa.text("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")
    print("temporary:", op.get_bind().scalar(count))"""
ODD_DROP = "drop_index_concurrently('Odd \"ix\" 100%:a', 'Odd % table', schema='Odd: schema')"


def test_odd_names_expressions_and_options_work_and_are_accepted_again(trial: Trial) -> None:
    trial.query(
        'CREATE SCHEMA "Odd: schema"',
        'CREATE TABLE "Odd: schema"."Odd % table" ("A b" text COLLATE "C", c text, d varchar(9))',
    )
    trial.write_revision(ODD, ODD_DROP)
    trial.succeed("upgrade", "head")
    trial.succeed("stamp", "e95d30f8b7a6")

    output = trial.succeed("upgrade", "head")

    assert "exists already" in output
    assert "temporary: 0" in output
    names = "SELECT indexname FROM pg_indexes WHERE schemaname = 'Odd: schema'"
    assert trial.query(names) == ['Odd "ix" 100%:a']
    trial.succeed("downgrade", "-1")
    assert trial.query(names) == []


def test_a_name_that_sqlalchemy_shortens_is_found_again(things: Trial) -> None:
    long = "ix_" + 70 * "x"
    things.write_revision(f"create_index_concurrently(op.f({long!r}), 'things', ['name'])")
    things.succeed("upgrade", "head")
    things.succeed("stamp", "e95d30f8b7a6")

    assert "exists already" in things.succeed("upgrade", "head")


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
def test_a_name_that_belongs_to_something_else_is_an_error(things: Trial, other: str) -> None:
    things.query(other)
    things.write_revision(CREATE)

    error = things.fail("upgrade", "head")

    assert "'ix' on 'things': that name belongs to" in error
    assert "Traceback" not in error
    assert things.query("SELECT to_regclass('ix') IS NOT NULL") == [True]


def test_a_table_that_is_missing_is_an_error(trial: Trial) -> None:
    trial.write_revision("create_index_concurrently('ix', 'nothing', ['name'])")

    assert "no table 'nothing'" in trial.fail("upgrade", "head")


@pytest.fixture
def killed(things: Trial) -> Iterator[tuple[Any, int]]:
    """A writer, and the session of an upgrade that was killed while it waited for the writer."""
    things.write_revision(CREATE)
    with writer(things) as other:
        with things.upgrading() as process:
            session = things.wait_for_blocked("CREATE INDEX")
            process.kill()
            process.wait()
        assert things.query(VALID) == [False]
        yield other, session


def test_after_a_kill_the_statement_that_still_runs_is_waited_for(
    things: Trial, killed: tuple[Any, int]
) -> None:
    other, _ = killed
    before = things.query("SELECT 'ix'::regclass::oid")
    with things.upgrading() as repeated:
        # The repeated upgrade has looked, and is not waiting inside PostgreSQL.
        things.wait_for(
            "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND query LIKE '%is_being' || '_built%' AND state = 'idle' AND backend_xmin IS NULL)"
        )
        other.cursor().execute("COMMIT")
        error = repeated.communicate(timeout=30)[1]

    assert repeated.returncode == 0, error
    assert "exists already" in error
    assert "Next attempt" not in error
    assert things.query("SELECT 'ix'::regclass::oid") == before
    assert things.query(VALID) == [True]


def test_after_a_kill_what_the_statement_left_is_replaced(
    things: Trial, killed: tuple[Any, int]
) -> None:
    other, session = killed
    things.query(f"SELECT pg_terminate_backend({session}, 10000)")
    with things.upgrading(PGOPTIONS="-c lock_timeout=50ms") as repeated:
        things.wait_for_blocked("%DROP INDEX")
        other.cursor().execute("COMMIT")
        error = repeated.communicate(timeout=30)[1]

    assert repeated.returncode == 0, error
    assert "invalid" in error
    assert things.query(VALID) == [True]


def test_after_a_kill_before_the_stamp_the_index_is_accepted(things: Trial) -> None:
    things.query(AS_CREATED.replace("INDEX", "INDEX CONCURRENTLY"))
    things.write_revision(CREATE)

    assert "exists already" in things.succeed("upgrade", "head")


def test_ctrl_c_stops_it_and_leaves_no_index(things: Trial) -> None:
    things.write_revision(CREATE)
    with writer(things) as other, things.upgrading() as process:
        things.wait_for_blocked("CREATE INDEX")
        process.send_signal(signal.SIGINT)
        # The broken index goes as soon as nobody can be using it.
        things.wait_for_blocked("%DROP INDEX")
        other.cursor().execute("COMMIT")
        output, error = process.communicate(timeout=30)

    assert process.returncode != 0
    assert "PendingRollbackError" not in output + error
    assert things.query(VALID) == []


def test_offline_it_is_outside_the_transaction(things: Trial) -> None:
    things.write_revision(CREATE, DROP)

    up = things.succeed("upgrade", "e95d30f8b7a6:head", "--sql")
    down = things.succeed("downgrade", "head:e95d30f8b7a6", "--sql")

    for sql, statement in (
        (up, "CREATE INDEX CONCURRENTLY ix ON things (name);"),
        (down, "DROP INDEX CONCURRENTLY IF EXISTS ix;"),
    ):
        before, after = sql.split(statement)
        assert re.search(r"BEGIN;.*COMMIT;.*SET lock_timeout = 0;", before, re.DOTALL)
        assert "BEGIN;" not in before[before.rindex("COMMIT;") :]
        assert after.index("set_config('lock_timeout'") < after.index("BEGIN;")
