"""`make check` and `make drift`: what they find, and what they leave to others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from baking import Project, bake
from databases import database_url, values
from running import make, python, stop_postgres, succeed, write_module

pytestmark = pytest.mark.installs
MODEL = '''"""Things."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, IdentityKey


class Mood(StrEnum):
    SAD = "sad"
    HAPPY = "happy"


class Thing(Base):
    __tablename__ = "things"
    __table_args__ = (CheckConstraint("size > 0", name="size_is_positive"),)

    id: Mapped[IdentityKey]
    mood: Mapped[Mood] = mapped_column(
        Enum(Mood, name="mood", values_callable=lambda kind: [each.value for each in kind])
    )
    name: Mapped[str] = mapped_column(String(20), index=True)
    status: Mapped[str] = mapped_column(server_default="new")
    size: Mapped[int]
'''
REVISION = '''"""Written by a test."""

from alembic import op

revision = "{name}"
down_revision = {after!r}
{extra}


def upgrade():
    op.execute("{upgrade}")


def downgrade():
    {downgrade}
'''


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("drift"), starter="blog")
    (project.path / "app/models/thing.py").write_text(MODEL)
    succeed(project.path, "revision", "m=create things")
    project.run("git", "add", "--all")
    as_someone = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    project.run("git", *as_someone, "commit", "--quiet", "--no-verify", "--message=things")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.fixture
def project(installed: Project) -> Iterator[Project]:
    """The project, put back as it was afterwards."""
    yield installed
    installed.run("git", "clean", "-dfq", "app", "migrations")
    installed.run("git", "checkout", "--quiet", "--", "app", "migrations")
    execute(installed, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    workflow(installed, "upgrade", "head")


def execute(project: Project, statements: str) -> None:
    values(database_url(project), statements)


def workflow(project: Project, *arguments: str) -> str:
    """Run what the targets of make run, require that it succeeds, and return what it printed."""
    result = python(project.path, "-m", "alembic_workflow", *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def refused(project: Project, *arguments: str) -> str:
    """Run what the targets of make run, require status 1, and return what it says."""
    result = python(project.path, "-m", "alembic_workflow", *arguments)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def head(project: Project) -> str:
    return workflow(project, "heads").split()[0]


def write_revision(
    project: Project,
    name: str,
    after: str,
    upgrade: str = "SELECT 1",
    downgrade: str = "op.execute('SELECT 1')",
    extra: str = "",
) -> Path:
    path = project.path / f"migrations/versions/2030_01_01_0000-{name}_written.py"
    write_module(
        path,
        REVISION.format(name=name, after=after, upgrade=upgrade, downgrade=downgrade, extra=extra),
    )
    return path


def test_drift_finds_each_change_to_what_is_the_services_own(project: Project) -> None:
    assert "is what that should have produced" in succeed(project.path, "drift")
    execute(
        project,
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

    result = make(project.path, "drift")

    assert result.returncode != 0
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
        assert difference in result.stderr
    assert "votes.user_id" not in result.stderr
    assert "Traceback" not in result.stderr


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
def test_drift_finds_what_switches_a_rule_off(project: Project, statement: str, says: str) -> None:
    execute(project, statement)

    assert says in refused(project, "drift")


def test_drift_leaves_to_others_what_is_theirs(project: Project) -> None:
    execute(
        project,
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
    try:
        workflow(project, "drift")
        workflow(project, "check")
    finally:
        execute(project, 'DROP SCHEMA "Other %" CASCADE')


def test_drift_compares_with_the_revision_that_the_database_is_at(project: Project) -> None:
    workflow(project, "downgrade", "c6071ad85e39")
    assert "is at c6071ad85e39, and it is what" in workflow(project, "drift")
    execute(project, "CREATE TABLE votes (id int)")
    assert "table votes\n  expected  nothing\n  found     TABLE" in refused(project, "drift")
    execute(project, "DROP TABLE votes")

    workflow(project, "downgrade", "base")
    assert "is at base" in workflow(project, "drift")
    execute(project, "CREATE TABLE users (id int)")
    assert "table users\n  expected  nothing\n  found     TABLE" in refused(project, "drift")


def test_drift_works_at_two_heads(project: Project) -> None:
    after = head(project)
    write_revision(project, "aaaa", after, "CREATE TABLE a (id int)", "op.drop_table('a')")
    write_revision(project, "bbbb", after, "CREATE TABLE b (id int)", "op.drop_table('b')")
    workflow(project, "upgrade", "heads")

    assert "is what that should have produced" in workflow(project, "drift")
    execute(project, "ALTER TABLE b ADD COLUMN c int")
    assert "column b.c\n  expected  nothing\n  found     integer\n" in refused(project, "drift")


def test_drift_says_that_the_database_is_at_an_unknown_revision(project: Project) -> None:
    execute(project, "UPDATE alembic_version_my_api SET version_num = 'gone'")

    assert "is at revision gone" in refused(project, "drift")


def test_check_shows_how_models_and_history_differ(project: Project) -> None:
    model = project.path / "app/models/thing.py"
    changed = MODEL.replace("String(20)", "String(30)").replace("size > 0", "size > 1")
    model.write_text(changed.replace('HAPPY = "happy"', 'HAPPY = "happy"\n    CALM = "calm"'))
    workflow(project, "downgrade", "base")

    result = make(project.path, "check")

    assert result.returncode != 0
    for difference in (
        "column things.name\n  expected  character varying(30) NOT NULL\n"
        "  found     character varying(20) NOT NULL\n",
        "constraint things.ck_things_size_is_positive\n  expected  CHECK ((size > 1))\n"
        "  found     CHECK ((size > 0))\n",
        "enum mood\n  expected  ENUM ('sad', 'happy', 'calm')\n  found     ENUM ('sad', 'happy')",
        'make revision m="..."',
    ):
        assert difference in result.stderr
    model.write_text(MODEL)
    assert "Models and revisions agree" in workflow(project, "check")


def test_check_wants_one_head_and_a_downgrade_for_each_revision(project: Project) -> None:
    after = head(project)
    excuse = 'lint_ignore = {"empty-downgrade": "rows that are gone"}'
    write_revision(project, "aaaa", after, downgrade="pass")
    write_revision(project, "bbbb", after, downgrade='"""Nothing."""\n    return None')
    write_revision(project, "cccc", "aaaa", downgrade="pass", extra=excuse)
    without_reason = 'lint_ignore = {"empty-downgrade": " "}'
    write_revision(project, "dddd", "cccc", downgrade="pass", extra=without_reason)
    write_revision(project, "eeee", "dddd", downgrade="raise NotImplementedError")

    says = refused(project, "check")

    assert "History has 2 heads: " in says
    assert "make rebase" in says
    assert "aaaa_written.py: downgrade() is empty" in says
    assert "bbbb_written.py: downgrade() is empty" in says
    assert "dddd_written.py: downgrade() is empty" in says
    assert says.count("downgrade() is empty") == 3
