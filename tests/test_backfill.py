"""Filling a column in batches, on real PostgreSQL."""

import re

import pytest
from trials import Trial

pytestmark = pytest.mark.installs


@pytest.fixture
def things(trial: Trial) -> Trial:
    """Fifty rows that count their updates and note the transaction of the last."""
    trial.query(
        "CREATE TABLE things (id int PRIMARY KEY, name text, slug text, updates int DEFAULT 0, "
        "changed_in text)",
        "INSERT INTO things SELECT i, 'Name ' || i FROM generate_series(1, 50) AS i",
        *counting("things"),
    )
    return trial


def counting(table: str) -> list[str]:
    return [
        "CREATE OR REPLACE FUNCTION count_updates() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "NEW.updates := OLD.updates + 1; NEW.changed_in := pg_current_xact_id()::text; "
        "RETURN NEW; END $$",
        f"CREATE TRIGGER count BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION count_updates()",
    ]


FILL = """print("changed", backfill(
        "things", {"slug": "lower(name)"}, where="slug IS NULL", batch_size=10))"""


def test_every_row_is_filled_once_in_transactions_of_one_batch(things: Trial) -> None:
    things.query("UPDATE things SET slug = 'mine' WHERE id = 7", "UPDATE things SET updates = 0")
    things.query("ALTER TABLE things DISABLE TRIGGER ALL", "UPDATE things SET updates = 0")
    things.query("ALTER TABLE things ENABLE TRIGGER ALL")
    things.write_revision(FILL)

    assert "changed 49" in things.succeed("upgrade", "head")

    assert things.query("SELECT slug FROM things WHERE id IN (7, 12) ORDER BY id") == [
        "mine",
        "name 12",
    ]
    assert things.query("SELECT count(*) FROM things WHERE updates <> 1") == [1]
    sizes = "SELECT count(*) FROM things WHERE id <> 7 GROUP BY changed_in ORDER BY min(id)"
    assert things.query(sizes) == [9, 10, 10, 10, 10]


def test_a_killed_backfill_loses_one_batch_and_goes_on_where_it_stopped(things: Trial) -> None:
    things.write_revision(FILL)
    other = things.connect()
    other.cursor().execute("BEGIN; SELECT FROM things WHERE id = 25 FOR UPDATE")
    with things.upgrading() as process:
        server_process = things.wait_for_blocked("UPDATE things")
        process.kill()
        process.wait()
    things.query(f"SELECT pg_terminate_backend({server_process}, 10000)")
    filled = things.query("SELECT id FROM things WHERE slug IS NOT NULL ORDER BY id")
    other.close()

    assert filled == list(range(1, 21))
    assert "changed 30" in things.succeed("upgrade", "head")
    assert things.query("SELECT DISTINCT updates FROM things WHERE slug IS NOT NULL") == [1]
    assert things.query("SELECT count(*) FROM things WHERE slug IS NULL") == [0]
    assert "aaaaaaaaaaaa (head)" in things.succeed("current")


def test_a_row_that_somebody_fills_meanwhile_is_left_as_it_is(things: Trial) -> None:
    things.write_revision(FILL)
    other = things.connect()
    other.cursor().execute("BEGIN; UPDATE things SET slug = 'theirs' WHERE id = 25")
    with things.upgrading() as process:
        things.wait_for_blocked("UPDATE things")
        other.cursor().execute("COMMIT")
        assert process.wait(30) == 0
    other.close()

    assert things.query("SELECT slug FROM things WHERE id = 25") == ["theirs"]
    assert things.query("SELECT count(*) FROM things WHERE slug IS NULL") == [0]


def test_progress_is_reported_now_and_then_and_at_the_end(things: Trial) -> None:
    things.write_revision(FILL)
    quick = things.succeed("upgrade", "head")
    things.query("UPDATE things SET slug = NULL")
    things.succeed("stamp", "e95d30f8b7a6")
    things.write_revision(f"module.SECONDS_BETWEEN_REPORTS = 0\n    {FILL}")
    slow = things.succeed("upgrade", "head")

    assert re.findall(r"Backfill of things: (\d+ rows .*) in", quick) == ["50 rows in all"]
    assert re.findall(r"(\d+) rows so far in [\d.]+ s, \d+ rows/s", slow) == [
        *("10", "20", "30", "40", "50"),
        "50",
    ]


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
def test_a_composite_key_with_odd_names_in_another_schema_is_walked(
    trial: Trial, batch_size: int
) -> None:
    trial.query(
        'CREATE SCHEMA "Odd Schema"',
        'CREATE TABLE "Odd Schema"."100% of: ""it""" ("user" timestamptz, "Key 2" text, '
        '"a%b:c" text, updates int DEFAULT 0, changed_in text, '
        'PRIMARY KEY ("user", "Key 2") INCLUDE (updates))',
        'INSERT INTO "Odd Schema"."100% of: ""it""" SELECT now() + m * interval \'1 us\', '
        "k FROM generate_series(1, 4) m, unnest(ARRAY['a', 'B', E'c\\\\%:', '']) k",
        *counting('"Odd Schema"."100% of: ""it"""'),
    )
    trial.write_revision(
        """backfill("100% of: \\"it\\"", {"a%b:c": "'%s :x ' || \\"Key 2\\"::text || '%'"},
        where="\\"a%b:c\\" IS NULL OR \\"a%b:c\\" LIKE '%:never'", schema="Odd Schema",
        """.replace("\\\\", "\\")
        + f"batch_size={batch_size})"
    )

    trial.succeed("upgrade", "head")

    table = '"Odd Schema"."100% of: ""it"""'
    assert trial.query(f"SELECT DISTINCT updates FROM {table}") == [1]
    assert trial.query(
        f"SELECT count(*) FROM {table} WHERE \"a%b:c\" = '%s :x ' || \"Key 2\" || '%'"
    ) == [16]


def test_sqlalchemy_expressions_can_be_used(things: Trial) -> None:
    things.write_revision(
        "backfill('things', {'slug': sa.func.upper(sa.column('name')), 'name': sa.text('NULL')}, "
        "where='slug IS NULL')"
    )

    things.succeed("upgrade", "head")

    assert things.query("SELECT slug FROM things WHERE id = 3 AND name IS NULL") == ["NAME 3"]


def test_an_empty_table_is_no_trouble(things: Trial) -> None:
    things.query("TRUNCATE things")
    things.write_revision(FILL)

    assert "changed 0" in things.succeed("upgrade", "head")


def test_values_that_change_nothing_end_in_an_error_that_counts_the_rows(things: Trial) -> None:
    things.write_revision(
        "backfill('things', {'slug': 'nullif(name, $$Name 3$$)'}, where='slug IS NULL', "
        "batch_size=10)"
    )

    error = things.fail("upgrade", "head")

    assert "1 rows of 'things' still match 'slug IS NULL'" in error
    assert things.query("SELECT DISTINCT updates FROM things") == [1]
    assert "e95d30f8b7a6" in things.succeed("current")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("'unkeyed', {'a': '1'}, where='a IS NULL'", "CommandError: .*no primary key"),
        ("'missing', {'a': '1'}, where='a IS NULL'", "CommandError: .*no table 'missing'"),
        ("'things', {'id': '-id'}, where='id > 0'", "CommandError: .*'id'.* the primary key"),
        ("'things', {}, where='true'", "ValueError: .*values"),
        ("'things', {'slug': '1'}, where='true', batch_size=0", "ValueError: .*batch_size"),
        ("'things', {'slug': '1'}, where='true', batch_size=-5", "ValueError: .*batch_size"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_changes_nothing(
    things: Trial, call: str, message: str
) -> None:
    things.query("CREATE TABLE unkeyed (a int)", "INSERT INTO unkeyed VALUES (NULL)")
    things.write_revision(f"""try:
        backfill({call})
    except Exception as error:
        print(f"{{type(error).__name__}}: {{error}}")""")

    assert re.search(message, things.succeed("upgrade", "head"))
    assert things.query("SELECT DISTINCT updates FROM things") == [0]
    assert things.query("SELECT a FROM unkeyed") == [None]


def test_a_batch_that_does_not_get_its_lock_is_tried_again_and_no_other(things: Trial) -> None:
    things.write_revision(FILL)
    other = things.connect()
    other.cursor().execute("BEGIN; SELECT FROM things WHERE id = 25 FOR UPDATE")
    with things.upgrading(PGOPTIONS="-c lock_timeout=50ms") as process:
        assert process.stderr is not None
        assert any("A batch waits for a lock." in line for line in process.stderr)
        assert things.query("SELECT count(*) FROM things WHERE slug IS NOT NULL") == [20]
        other.close()
        output, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    assert "changed 50" in output
    assert things.query("SELECT DISTINCT updates FROM things") == [1]


def test_offline_it_is_one_update(things: Trial) -> None:
    things.write_revision(
        "backfill('things', {'slug': \"'100% :x'\"}, where=\"slug IS NULL OR slug LIKE '%:y'\")"
    )

    sql = things.succeed("upgrade", "e95d30f8b7a6:head", "--sql")

    assert re.findall(r"UPDATE things .*", sql) == [
        "UPDATE things SET slug='100% :x' WHERE (slug IS NULL OR slug LIKE '%:y');"
    ]
