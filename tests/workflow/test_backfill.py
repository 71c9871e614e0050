"""Filling a column in batches, on real PostgreSQL."""

import logging
import re
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.util import CommandError
from alembic_workflow import backfill

from workflow.background import running
from workflow.revisions import VOTES, current, operations, write_revision
from workflow.sessions import blocked, end, holding
from workflow.workbench import Workbench

UPGRADE = ("alembic", "upgrade", "head")
FILL = "backfill('things', {'slug': 'lower(name)'}, where='slug IS NULL', batch_size=10)"
FILLED = "SELECT count(*) FROM things WHERE slug IS NOT NULL"
UPDATES = "SELECT DISTINCT updates FROM things"
LOCK_ROW = "SELECT FROM things WHERE id = 25 FOR UPDATE"


@pytest.fixture
def things(project: Workbench) -> Workbench:
    """Fifty rows that count their updates and note the transaction of the last."""
    project.sql(
        "CREATE TABLE things (id int PRIMARY KEY, name text, slug text, updates int DEFAULT 0, "
        "changed_in text)",
        "INSERT INTO things SELECT i, 'Name ' || i FROM generate_series(1, 50) AS i",
        *counting("things"),
    )
    return project


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "alembic.workflow")


def counting(table: str) -> list[str]:
    """Return statements after which each row of the table counts its updates."""
    return [
        "CREATE OR REPLACE FUNCTION count_updates() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "NEW.updates := OLD.updates + 1; NEW.changed_in := pg_current_xact_id()::text; "
        "RETURN NEW; END $$",
        f"CREATE TRIGGER count BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION count_updates()",
    ]


def fill(project: Workbench) -> int:
    """Fill the slugs, and return how many rows were changed."""
    with operations(project):
        return backfill("things", {"slug": "lower(name)"}, where="slug IS NULL", batch_size=10)


def test_every_row_is_filled_once_in_transactions_of_one_batch(things: Workbench) -> None:
    things.sql(
        "ALTER TABLE things DISABLE TRIGGER ALL",
        "UPDATE things SET slug = 'mine' WHERE id = 7",
        "ALTER TABLE things ENABLE TRIGGER ALL",
    )

    assert fill(things) == 49

    assert things.sql("SELECT slug FROM things WHERE id IN (7, 12) ORDER BY id") == [
        ("mine",),
        ("name 12",),
    ]
    assert things.sql("SELECT id FROM things WHERE updates <> 1") == [(7,)]
    sizes = "SELECT count(*) FROM things WHERE id <> 7 GROUP BY changed_in ORDER BY min(id)"
    assert things.sql(sizes) == [(9,), (10,), (10,), (10,), (10,)]


def test_a_killed_backfill_loses_one_batch_and_goes_on_where_it_stopped(
    things: Workbench,
) -> None:
    revision = write_revision(things, FILL)
    with holding(things, LOCK_ROW):
        with running(things, *UPGRADE) as process:
            session = blocked(things, "UPDATE things")
            process.kill()
        end(things, session)
        filled = things.sql("SELECT id FROM things WHERE slug IS NOT NULL ORDER BY id")

    assert filled == [(number,) for number in range(1, 21)]
    assert current(things) == VOTES
    assert "Backfill of things: 30 rows in all" in things.succeed(*UPGRADE)
    assert things.sql(UPDATES) == [(1,)]
    assert things.sql(FILLED) == [(50,)]
    assert current(things) == revision


def test_a_row_that_somebody_fills_meanwhile_is_left_as_it_is(things: Workbench) -> None:
    write_revision(things, FILL)
    with (
        holding(things, "UPDATE things SET slug = 'theirs' WHERE id = 25") as other,
        running(things, *UPGRADE) as process,
    ):
        blocked(things, "UPDATE things")
        other.commit()
        status, output = process.result()

    assert status == 0, output
    assert things.sql("SELECT slug FROM things WHERE id = 25") == [("theirs",)]
    assert things.sql(FILLED) == [(50,)]


def test_progress_is_reported_now_and_then_and_at_the_end(
    things: Workbench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fill(things) == 50
    quick = caplog.text
    things.sql("UPDATE things SET slug = NULL")
    caplog.clear()
    monkeypatch.setattr("alembic_workflow.operations.backfill.SECONDS_BETWEEN_REPORTS", 0)
    assert fill(things) == 50
    slow = caplog.text

    assert re.findall(r"Backfill of things: (\d+ rows .*) in", quick) == ["50 rows in all"]
    assert re.findall(r"(\d+) rows so far in [\d.]+ s, \d+ rows/s", slow) == [
        *("10", "20", "30", "40", "50"),
        "50",
    ]


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
def test_a_composite_key_with_odd_names_in_another_schema_is_walked(
    project: Workbench, batch_size: int
) -> None:
    table = '"Odd Schema"."100% of: ""it"""'
    project.sql(
        'CREATE SCHEMA "Odd Schema"',
        f'CREATE TABLE {table} ("user" timestamptz, "Key 2" text, '
        '"a%b:c" text, updates int DEFAULT 0, changed_in text, '
        'PRIMARY KEY ("user", "Key 2") INCLUDE (updates))',
        f"INSERT INTO {table} SELECT now() + m * interval '1 us', "
        "k FROM generate_series(1, 4) m, unnest(ARRAY['a', 'B', E'c\\\\%:', '']) k",
        *counting(table),
    )

    with operations(project):
        backfill(
            '100% of: "it"',
            {"a%b:c": "'%s :x ' || \"Key 2\"::text || '%'"},
            where='"a%b:c" IS NULL OR "a%b:c" LIKE \'%:never\'',
            schema="Odd Schema",
            batch_size=batch_size,
        )

    assert project.sql(f"SELECT DISTINCT updates FROM {table}") == [(1,)]
    assert project.sql(
        f"SELECT count(*) FROM {table} WHERE \"a%b:c\" = '%s :x ' || \"Key 2\" || '%'"
    ) == [(16,)]


def test_sqlalchemy_expressions_can_be_used(things: Workbench) -> None:
    with operations(things):
        backfill(
            "things",
            {"slug": sa.func.upper(sa.column("name")), "name": sa.text("NULL")},
            where="slug IS NULL",
        )

    assert things.sql("SELECT slug FROM things WHERE id = 3 AND name IS NULL") == [("NAME 3",)]


def test_an_empty_table_is_no_trouble(things: Workbench) -> None:
    things.sql("TRUNCATE things")

    assert fill(things) == 0


def test_the_few_rows_that_are_left_are_filled_in_another_walk(things: Workbench) -> None:
    with operations(things):
        # As if the application had written to the last row while its batch was computed.
        changed = backfill(
            "things",
            {"slug": "CASE WHEN id < 50 OR slug = '' THEN lower(name) ELSE '' END"},
            where="slug IS NULL OR slug = ''",
            batch_size=10,
        )

    assert changed == 51
    assert things.sql("SELECT count(*) FROM things WHERE slug = lower(name)") == [(50,)]


def test_values_that_change_nothing_end_in_an_error_that_counts_the_rows(
    things: Workbench,
) -> None:
    write_revision(
        things,
        "backfill('things', {'slug': 'nullif(name, $$Name 3$$)'}, where='slug IS NULL', "
        "batch_size=10)",
    )

    error = things.fail("upgrade", "head")

    assert "1 rows of 'things' still match 'slug IS NULL'" in error
    assert things.sql("SELECT name, updates FROM things WHERE updates > 1") == [("Name 3", 2)]
    assert current(things) == VOTES


@pytest.mark.parametrize(
    ("table", "values", "where", "options", "message"),
    [
        ("unkeyed", {"a": "1"}, "a IS NULL", {}, "CommandError: .*no primary key"),
        ("missing", {"a": "1"}, "a IS NULL", {}, "CommandError: .*no table 'missing'"),
        ("things", {"id": "-id"}, "id > 0", {}, "CommandError: .*'id'.* the primary key"),
        ("things", {}, "true", {}, "ValueError: .*values"),
        ("things", {"slug": "1"}, "true", {"batch_size": 0}, "ValueError: .*batch_size"),
        ("things", {"slug": "1"}, "true", {"batch_size": -5}, "ValueError: .*batch_size"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_changes_nothing(
    *, things: Workbench, table: str, values: dict[str, str], where: str, options: Any, message: str
) -> None:
    things.sql("CREATE TABLE unkeyed (a int)", "INSERT INTO unkeyed VALUES (NULL)")

    with operations(things), pytest.raises((CommandError, ValueError)) as caught:
        backfill(table, values, where=where, **options)

    assert re.match(message, f"{caught.type.__name__}: {caught.value}")
    assert things.sql(UPDATES) == [(0,)]
    assert things.sql("SELECT a FROM unkeyed") == [(None,)]


def test_a_batch_that_does_not_get_its_lock_is_tried_again_and_no_other(
    things: Workbench,
) -> None:
    write_revision(things, FILL)
    with (
        holding(things, LOCK_ROW) as other,
        running(things, *UPGRADE, PGOPTIONS="-c lock_timeout=50ms") as process,
    ):
        process.line("A batch waits for a lock.")
        assert things.sql(FILLED) == [(20,)]
        other.release()
        status, output = process.result()

    assert status == 0, output
    assert "Backfill of things: 50 rows in all" in output
    assert things.sql(UPDATES) == [(1,)]


def test_offline_it_is_one_update(things: Workbench) -> None:
    write_revision(
        things,
        "backfill('things', {'slug': \"'100% :x'\"}, where=\"slug IS NULL OR slug LIKE '%:y'\")",
    )

    sql = things.succeed("alembic", "upgrade", f"{VOTES}:head", "--sql")

    assert re.findall(r"UPDATE things .*", sql) == [
        "UPDATE things SET slug='100% :x' WHERE (slug IS NULL OR slug LIKE '%:y');"
    ]
