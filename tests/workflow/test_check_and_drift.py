"""Findings of check and drift, and the things of others that they leave alone."""

import pytest

from workflow.histories import write_revision_after
from workflow.revisions import PUBLISHED
from workflow.workbench import Workbench

MODEL = """
class Mood(enum.StrEnum):
    SAD = "sad"
    HAPPY = "happy"


class Thing(Base):
    __tablename__ = "things"
    __table_args__ = (sa.CheckConstraint("size > 0", name="size_is_positive"),)

    id: Mapped[IdentityKey]
    mood: Mapped[Mood] = mapped_column(
        sa.Enum(Mood, name="mood", values_callable=lambda kind: [each.value for each in kind])
    )
    name: Mapped[str] = mapped_column(sa.String(20), index=True)
    status: Mapped[str] = mapped_column(server_default="new")
    size: Mapped[int]
"""


@pytest.fixture(scope="module")
def bench(bench: Workbench) -> Workbench:
    """The service, with things."""
    bench.model(MODEL)
    bench.revise("create things")
    bench.succeed("upgrade", "head")
    bench.keep()
    return bench


def head(project: Workbench) -> str:
    return project.succeed("heads").split()[0]


def test_drift_finds_each_change_to_what_is_the_services_own(project: Workbench) -> None:
    assert "is what that should have produced" in project.succeed("drift")
    project.sql(
        """
        ALTER TABLE things ADD COLUMN colour text DEFAULT 'it''s "100%"';
        ALTER TABLE things DROP COLUMN size;
        ALTER TABLE things ALTER COLUMN name TYPE varchar(40);
        ALTER TABLE things ALTER COLUMN status SET DEFAULT 'old';
        DROP INDEX ix_things_name;
        CREATE INDEX by_hand ON things (status) WHERE status <> 'x';
        ALTER TABLE things ADD CONSTRAINT by_hand_too CHECK (name <> '');
        ALTER TYPE mood ADD VALUE 'so-so' AFTER 'sad';
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER refusing BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION refuse();
        COMMENT ON TABLE things IS 'Changed';
        COMMENT ON COLUMN things.id IS 'The key';
        DROP TABLE votes;
        """,
    )

    says = project.fail("drift")

    for difference in (
        "column things.colour\n  expected  nothing\n"
        "  found     text DEFAULT 'it''s \"100%\"'::text\n",
        "column things.size\n  expected  integer NOT NULL\n  found     nothing\n",
        "column things.name\n  expected  character varying(20) NOT NULL\n"
        "  found     character varying(40) NOT NULL\n",
        "column things.status\n  expected  character varying NOT NULL DEFAULT 'new'",
        "index things.ix_things_name\n  expected  CREATE INDEX ix_things_name ON public.things",
        "index things.by_hand\n  expected  nothing\n  found     CREATE INDEX by_hand",
        "constraint things.by_hand_too\n  expected  nothing\n  found     CHECK",
        "constraint things.ck_things_size_is_positive\n  expected  CHECK ((size > 0))\n",
        "enum mood\n  expected  ENUM ('sad', 'happy')\n  found     ENUM ('sad', 'so-so', 'happy')",
        "trigger things.refusing\n  expected  nothing\n  found     CREATE TRIGGER refusing",
        "comment on table things\n  expected  nothing\n  found     'Changed'\n",
        "column things.id\n",
        "table votes\n  expected  TABLE\n  found     nothing\n",
    ):
        assert difference in says
    assert "votes.user_id" not in says


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("ALTER TABLE votes DISABLE TRIGGER ALL", "constraint votes.fk_votes_post_id_posts"),
        ("ALTER TABLE things FORCE ROW LEVEL SECURITY", "found     TABLE FORCED"),
        ("ALTER TABLE things REPLICA IDENTITY FULL", "found     TABLE REPLICA IDENTITY FULL"),
        ("CREATE RULE refuse AS ON DELETE TO things DO INSTEAD NOTHING", "rule things.refuse"),
        (
            "ALTER TABLE things ALTER name DROP NOT NULL; "
            "ALTER TABLE things ADD CONSTRAINT n NOT NULL name NOT VALID",
            "found     character varying(20) NOT NULL NOT VALID",
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'uq_users_email'::regclass",
            "(INVALID)",
        ),
    ],
)
def test_drift_finds_what_switches_a_rule_off(
    project: Workbench, statement: str, says: str
) -> None:
    project.sql(statement)

    assert says in project.fail("drift")


def test_drift_leaves_to_others_what_is_theirs(project: Workbench) -> None:
    project.sql(
        """
        CREATE TYPE currency AS ENUM ('EUR');
        CREATE DOMAIN email AS text;
        CREATE SEQUENCE tickets;
        CREATE TABLE invoices (id serial PRIMARY KEY, currency currency,
          user_id bigint REFERENCES users);
        CREATE INDEX ON invoices (currency);
        CREATE VIEW names AS SELECT name FROM things;
        CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE alembic_version (version_num text);
        CREATE SCHEMA "Other %"; CREATE TABLE "Other %".things (id int);
        """,
    )

    project.succeed("drift")
    project.succeed("check")


def test_drift_compares_with_the_revision_that_the_database_is_at(project: Workbench) -> None:
    project.succeed("downgrade", PUBLISHED)
    assert f"is at {PUBLISHED}, and it is what" in project.succeed("drift")
    project.sql("CREATE TABLE votes (id int)")
    assert "table votes\n  expected  nothing\n  found     TABLE" in project.fail("drift")
    project.sql("DROP TABLE votes")

    project.succeed("downgrade", "base")
    assert "is at base" in project.succeed("drift")
    project.sql("CREATE TABLE users (id int)")
    assert "table users\n  expected  nothing\n  found     TABLE" in project.fail("drift")


def test_drift_works_at_two_heads(project: Workbench) -> None:
    after = head(project)
    for name in ("aaaa", "bbbb"):
        table = name[0]
        create, drop = f'op.execute("CREATE TABLE {table} (id int)")', f'op.drop_table("{table}")'
        write_revision_after(project, name, after, create, drop)
    project.succeed("upgrade", "heads")

    assert "is what that should have produced" in project.succeed("drift")
    project.sql("ALTER TABLE b ADD COLUMN c int")
    assert "column b.c\n  expected  nothing\n  found     integer\n" in project.fail("drift")


def test_drift_says_that_the_database_is_at_an_unknown_revision(project: Workbench) -> None:
    project.sql("UPDATE alembic_version_my_api SET version_num = 'gone'")

    assert "is at revision gone" in project.fail("drift")


def test_check_shows_how_models_and_history_differ(project: Workbench) -> None:
    changed = MODEL.replace("String(20)", "String(30)").replace("size > 0", "size > 1")
    project.model(changed.replace('HAPPY = "happy"', 'HAPPY = "happy"\n    CALM = "calm"'))
    project.succeed("downgrade", "base")

    says = project.fail("check")

    for difference in (
        "column things.name\n  expected  character varying(30) NOT NULL\n"
        "  found     character varying(20) NOT NULL\n",
        "constraint things.ck_things_size_is_positive\n  expected  CHECK ((size > 1))\n"
        "  found     CHECK ((size > 0))\n",
        "enum mood\n  expected  ENUM ('sad', 'happy', 'calm')\n  found     ENUM ('sad', 'happy')",
        'make revision m="..."',
    ):
        assert difference in says
    project.model(MODEL)
    assert "Models and revisions agree" in project.succeed("check")


def test_check_wants_one_head_and_a_downgrade_for_each_revision(project: Workbench) -> None:
    after = head(project)
    changes = "op.execute(\"COMMENT ON TABLE posts IS '{}'\")"
    write_revision_after(project, "aaaa", after, changes.format(1))
    write_revision_after(project, "bbbb", after, changes.format(2), '"""Nothing."""\nreturn None')
    for name, before, reason in (("cccc", "aaaa", "rows that are gone"), ("dddd", "cccc", " ")):
        ignore = f'lint_ignore = {{"empty-downgrade": "{reason}"}}'
        write_revision_after(project, name, before, changes.format(name), extra=ignore)
    write_revision_after(project, "eeee", "dddd", changes.format(3), "raise NotImplementedError")

    says = project.fail("check")

    assert "History has 2 heads: " in says
    assert "make rebase" in says
    for name in ("aaaa", "bbbb", "dddd"):
        assert f"{name}.py: downgrade() is empty" in says
    assert says.count("downgrade() is empty") == 3
