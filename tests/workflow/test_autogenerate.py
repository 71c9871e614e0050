"""Autogenerate compares the models with the replayed history, on real PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import clean_environment

from workflow.workbench import Workbench

BEFORE = """
class Booking(Base):
    __tablename__ = "bookings"
    __table_args__ = (
        sa.CheckConstraint("price > 0", name="price_is_right", comment="above zero"),
        sa.UniqueConstraint("code"),
        postgresql.ExcludeConstraint((sa.column("room"), "="), using="btree", name="one_per_room"),
        sa.Index("ix_where", "price", postgresql_where=sa.text("price > 1")),
        sa.Index("ix_method", "tags", postgresql_using="btree"),
        sa.Index("ix_include", "price"),
    )

    id: Mapped[IdentityKey]
    price: Mapped[int]
    room: Mapped[int]
    code: Mapped[int]
    counted: Mapped[int] = mapped_column("public", sa.Integer, sa.Identity(start=1))
    doubled: Mapped[int] = mapped_column(sa.Computed("price * 2", persisted=True), index=True)
    state: Mapped[str] = mapped_column(sa.Enum("new", "old", name="state"))
    title: Mapped[str] = mapped_column(server_default="say 'hi'")
    note: Mapped[str] = mapped_column(server_default="hi :name, bye")
    tags: Mapped[list[int]] = mapped_column(sa.ARRAY(sa.Integer))


class Pair(Base):
    __tablename__ = "pairs"

    one: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    two: Mapped[int]


invoice_numbers = sa.Sequence("invoice_numbers", metadata=Base.metadata)
"""
AFTER = {
    "CHECK text": ("price > 0", "price > 5"),
    "comment on a constraint": ('comment="above zero"', 'comment="above five"'),
    "server default": ("server_default=\"say 'hi'\"", 'server_default="it\'s 100% :new"'),
    "the same again": ('server_default="hi :name, bye"', "server_default=\"'quoted'\""),
    "identity": ("Identity(start=1)", "Identity(start=5, increment=2)"),
    "native enum value": ('"new", "old"', '"new", ":middle: \\\\:x", "old"'),
    "primary key": (
        "    two: Mapped[int]\n",
        "    two: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)\n",
    ),
    "sequence": ('"invoice_numbers", metadata', '"invoice_numbers", start=7, cache=3, metadata'),
    "EXCLUDE": ('(sa.column("room"), "=")', '(sa.column("price"), "=")'),
    "partial-index WHERE": ('sa.text("price > 1")', 'sa.text("price > 2")'),
    "index method": ('postgresql_using="btree"', 'postgresql_using="gin"'),
    "INCLUDE": ('"ix_include", "price"', '"ix_include", "price", postgresql_include=["code"]'),
    "deferrable unique": ('UniqueConstraint("code")', 'UniqueConstraint("code", deferrable=True)'),
    "computed": ("price * 2", "price * 3"),
}


def test_every_difference_between_catalogs_is_found_and_settled_and_can_be_undone(
    project: Workbench,
) -> None:
    project.model(BEFORE)
    project.change("create bookings")
    model = BEFORE
    for old, new in AFTER.values():
        assert old in model
        model = model.replace(old, new)
    project.model(model)

    disagreement = project.fail("check")
    for name in (
        *("column bookings.public", "column bookings.doubled", "column bookings.title"),
        *("comment on constraint bookings.ck_bookings_price_is_right", "expected  'above five'"),
        *("ck_bookings_price_is_right", "one_per_room", "uq_bookings_code", "ix_include"),
        *("ix_method", "ix_where", "sequence invoice_numbers", "pairs.pk_pairs", "enum state"),
    ):
        assert name in disagreement
    assert project.run("alembic", "check").status != 0
    project.change("change bookings")
    sql = project.succeed("upgrade", "head", "--sql")
    assert "ALTER TYPE state ADD VALUE IF NOT EXISTS ':middle: \\:x' BEFORE 'old'" in sql

    project.model(
        model.replace(
            "sa.CheckConstraint(", 'sa.CheckConstraint("room > 0", name="b"),sa.CheckConstraint('
        )
    )
    assert "ck_bookings_b" in project.fail("check")
    assert "ck_bookings_b" in project.change("check the room")


def test_domains_and_views_of_the_models_are_created_and_dropped(project: Workbench) -> None:
    project.model(
        """
class Reader(Base):
    __tablename__ = "readers"

    id: Mapped[IdentityKey]
    code: Mapped[str] = mapped_column(postgresql.DOMAIN("code", sa.Text, check="VALUE <> ''"))


sa.CreateView(sa.select(Reader.id), "reader_ids", metadata=Base.metadata)
"""
    )
    revision = project.change("add readers")
    assert "CREATE VIEW reader_ids" in revision
    assert 'create_table("reader_ids"' not in revision
    project.sql("INSERT INTO readers (code) VALUES ('a')")
    assert project.sql("SELECT * FROM reader_ids") == [(1,)]


def test_check_sees_who_may_read_which_rows(project: Workbench) -> None:
    project.model(
        """
class Secret(Base):
    __tablename__ = "secrets"

    id: Mapped[IdentityKey]


for statement in (
    "ALTER TABLE secrets ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE secrets FORCE ROW LEVEL SECURITY",
    "CREATE POLICY own ON secrets TO pg_monitor USING (true)",
):
    sa.event.listen(Secret.__table__, "after_create", sa.DDL(statement))
"""
    )
    project.revise("add secrets")
    project.by_hand(
        "op.execute('ALTER TABLE secrets ENABLE ROW LEVEL SECURITY; DROP POLICY own ON secrets; "
        "CREATE POLICY own ON secrets USING (true)')"
    )

    says = project.fail("check")

    assert "expected  TABLE FORCED ROW LEVEL SECURITY\n  found     TABLE ROW LEVEL SECURITY" in says
    assert "policy secrets.own\n  expected  TO pg_monitor USING (true)" in says


def test_a_revision_does_not_depend_on_what_another_has_set(project: Workbench) -> None:
    project.by_hand("op.execute('CREATE SCHEMA bill; SET search_path TO bill, public')", "pass")
    project.by_hand("op.execute('CREATE TABLE other (id int)')", "pass")

    project.succeed("upgrade", "head")

    assert project.sql("SELECT to_regclass('public.other')::text") == [("other",)]
    project.succeed("drift")


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ('"postgresql_partition_by": "RANGE (id)"', "PARTITION BY"),
    ],
)
def test_what_cannot_be_generated_is_named_until_it_is_written(
    project: Workbench, option: str, says: str
) -> None:
    project.model(
        'class Log(Base):\n    __tablename__ = "logs"\n    id: Mapped[int] = mapped_column('
        "primary_key=True, autoincrement=False)\n    on: Mapped[int]\n"
    )
    project.change("create logs")
    model = project.path / "app/models/things.py"
    model.write_text(
        model.read_text().replace("    id:", f"    __table_args__ = {{{option}}}\n    id:")
    )

    assert says in project.fail("check")
    revision = project.revise("change logs")
    assert "# Write by hand: " in revision
    assert "write-by-hand" in project.fail("lint")
    assert says in project.fail("check")


TICKETS = """
class Ticket(Base):
    __tablename__ = "tickets"
    __table_args__ = (
        sa.CheckConstraint("state <> 'odd' OR id > 0", name="odd"),
        sa.Index("ix_new", "id", postgresql_where=sa.text("state = 'new'")),
    )

    id: Mapped[IdentityKey]
    state: Mapped[str] = mapped_column(sa.Enum(VALUES, name="state"), server_default="new")
    states: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.Enum(VALUES, name="state")))
"""


def test_enum_types_are_created_changed_and_dropped_with_their_rows(project: Workbench) -> None:
    def tickets(*values: str) -> str:
        return TICKETS.replace("VALUES", ", ".join(map(repr, values)))

    project.model(tickets("new", "odd"))
    assert "CREATE TYPE state" in project.change("create tickets")
    project.sql("INSERT INTO tickets (states) VALUES (ARRAY['odd', 'new']::state[])")

    changed = tickets("new", "it's 5:30", "odd").replace('="new"', '="it\'s 5:30"')
    project.model(changed)
    project.change("add a value in the middle, and use it")
    project.sql("INSERT INTO tickets (states) VALUES ('{new}')")
    assert project.sql("SELECT state FROM tickets ORDER BY id") == [("new",), ("it's 5:30",)]

    # Rows use the value: nothing is lost, in either direction.
    assert "it's 5:30" in project.fail("downgrade", "-1")
    project.model(tickets("odd", "new"))
    before = project.catalog()
    project.revise("take the value away, and change the order")
    assert "it's 5:30" in project.fail("upgrade", "head")
    assert project.catalog() == before
    project.sql("UPDATE tickets SET state = 'new'")
    project.succeed("upgrade", "head")
    project.succeed("check")
    project.succeed("downgrade", "-1")
    assert project.catalog() == before
    project.succeed("upgrade", "head")
    assert project.sql("SELECT states::text FROM tickets ORDER BY id") == [
        ("{odd,new}",),
        ("{new}",),
    ]

    (project.path / "app/models/things.py").unlink()
    assert "DROP TYPE state" in project.change("drop tickets")


def test_the_history_owns_what_its_replay_creates_and_nothing_else(project: Workbench) -> None:
    statements = [
        "CREATE TABLE plain (id int PRIMARY KEY, at date DEFAULT now(), EXCLUDE (id WITH =))",
        "DO $$ BEGIN EXECUTE format('CREATE TABLE %I (id serial)', 'built ' || 'late'); END $$",
        "CREATE TABLE renamed (id int); ALTER TABLE renamed RENAME TO after",
        "SELECT 1 AS one INTO selected",
        "CREATE TABLE given_away (id int); DROP TABLE given_away",
        "CREATE TABLE parts (id int, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
        "CREATE TABLE part_one PARTITION OF parts FOR VALUES FROM (1) TO (9)",
        "CREATE TABLE posts_by_month (id int, month int) PARTITION BY LIST (month)",
        "CREATE TABLE posts_of_may PARTITION OF posts_by_month FOR VALUES IN (5)",
    ]
    project.by_hand(f"[op.execute(each) for each in {statements!r}]")
    project.model(
        'class ByMonth(Base):\n    __tablename__ = "posts_by_month"\n'
        '    __table_args__ = {"postgresql_partition_by": "LIST (month)"}\n'
        '    __mapper_args__ = {"primary_key": ["id"]}\n'
        "    id: Mapped[int | None]\n    month: Mapped[int | None]\n"
    )
    foreign = [
        "CREATE TYPE foreign_enum AS ENUM ('a')",
        "CREATE TABLE foreign_table (id serial, kind foreign_enum)",
        "CREATE SEQUENCE foreign_sequence",
        "ALTER TABLE posts ADD COLUMN by_hand int",
    ]
    project.sql(*foreign)
    project.succeed("upgrade", "head")
    project.sql("CREATE TABLE given_away (id int)")

    revision = project.revise("drop them")
    dropped = {"plain", "built late", "after", "selected", "parts"}
    upgrade, downgrade = revision.partition("def upgrade")[2].split("def downgrade")
    assert {line.split('"')[1] for line in upgrade.splitlines() if "drop_table" in line} == dropped
    assert "by_hand" not in revision
    assert "posts_of_may" not in revision
    assert "EXCLUDE" in downgrade
    project.succeed("upgrade", "head")
    project.succeed("check")
    drift = project.fail("drift")
    assert "by_hand" in drift
    assert "foreign" not in drift
    assert "given_away" not in drift
    made = project.catalog()
    assert {each for each in made if each[0] == "table"} > {
        ("table", "public", "", "foreign_table")
    }
    assert not [each for each in made if each[3] in dropped]
    assert project.sql("SELECT count(*) FROM posts_of_may") == [(0,)]
    project.succeed("alembic", "revision", "--autogenerate", "-m", "none")
    assert not list(project.versions.glob("*none*"))


def test_downgrade_to_base_leaves_the_things_of_others(project: Workbench) -> None:
    project.sql(
        "CREATE TYPE foreign_enum AS ENUM ('a')",
        "CREATE TABLE foreign_table (id serial, kind foreign_enum)",
    )
    project.succeed("downgrade", "base")

    left = {(kind, name) for kind, _, _, name in project.catalog()}
    assert ("table", "foreign_table") in left
    assert ("enum", "foreign_enum") in left
    assert ("table", "posts") not in left
    # Empty or behind, the database does not matter.
    project.succeed("check")
    (project.path / "app/models/vote.py").unlink()
    assert 'op.drop_table("votes")' in project.revise("drop votes")


INVOICE = """
class Invoice(Base):
    __tablename__ = "invoices"
    __table_args__ = {"schema": "SCHEMA"}

    id: Mapped[IdentityKey]
    state: Mapped[str] = mapped_column(sa.Enum("new", "paid", name="paid", schema="SCHEMA"))
"""


def test_tables_may_be_in_schemas_of_ones_own_and_of_others(project: Workbench) -> None:
    project.model(INVOICE.replace("SCHEMA", "Own Schema"))
    assert "CREATE SCHEMA IF NOT EXISTS" in project.change("create invoices in their schema")
    project.sql("CREATE SCHEMA theirs", "CREATE TABLE theirs.secrets (id int)")
    project.by_hand(
        "op.execute('CREATE TABLE theirs.ours (id int)')", "op.execute('DROP TABLE theirs.ours')"
    )
    project.succeed("upgrade", "head")

    revision = project.revise("drop ours")
    assert 'op.drop_table("ours", schema="theirs")' in revision
    assert "secrets" not in revision
    project.succeed("upgrade", "head")
    project.succeed("check")
    project.succeed("drift")


SLEEP = "SELECT pg_sleep(30)"


def start_revision(project: Workbench, *command: str) -> subprocess.Popen[str]:
    """Start to write a revision, and return once its replay sleeps in PostgreSQL."""
    process = subprocess.Popen(
        [*command, "revision", "--autogenerate", "-m", "never"],
        cwd=project.path,
        env=clean_environment(**project.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        encoding="utf-8",
    )
    asleep = f"SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query = '{SLEEP}'"
    while not project.sql(asleep):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    return process


MIGRATE = (sys.executable, "-m", "alembic_workflow")


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (MIGRATE, signal.SIGINT),
        (MIGRATE, signal.SIGTERM),
        ((str(Path(sys.executable).with_name("alembic")),), signal.SIGINT),
        (MIGRATE, signal.SIGKILL),
    ],
)
def test_no_scratch_database_is_left_by_an_interrupted_command(
    project: Workbench, command: tuple[str, ...], number: int
) -> None:
    before = project.databases()
    sleeping = project.by_hand(f"op.execute({SLEEP!r})")
    process = start_revision(project, *command)
    assert len(project.databases()) == len(before) + 1

    started = time.monotonic()
    os.killpg(process.pid, number)
    output, _ = process.communicate()

    assert time.monotonic() - started < 15
    assert process.returncode != 0, output
    assert not list(project.versions.glob("*never*"))
    if number == signal.SIGKILL:
        sleeping.unlink()
        project.succeed("check")
    elif command == MIGRATE:
        assert "Traceback" not in output
    assert project.databases() == before


def test_no_scratch_database_is_left_by_an_error(project: Workbench) -> None:
    before = project.databases()
    broken = project.by_hand("op.execute('SELECT 1/0')")

    assert f"{broken.name}, line" in project.fail("revision", "--autogenerate", "-m", "x")
    assert "division by zero" in project.fail("check")
    assert project.databases() == before


def test_a_database_that_bears_a_similar_name_is_never_dropped(project: Workbench) -> None:
    name = f"{project.url.database}_scratch_ours"
    project.sql(f'CREATE DATABASE "{name}"')
    try:
        project.succeed("check")

        assert name in project.databases()
    finally:
        project.sql(f'DROP DATABASE "{name}"')


def test_a_role_may_create_scratch_databases_on_another_server(project: Workbench) -> None:
    project.sql("CREATE ROLE plain LOGIN")
    url = project.url.set(username="plain", password=None)
    own = {"DATABASE_URL": url.render_as_string(hide_password=False)}
    elsewhere = project.url.set(database="postgres").render_as_string(hide_password=False)
    databases = project.databases()
    try:
        [line] = project.fail("check", **own).strip().splitlines()
        assert "CREATEDB" in line
        assert "scratch_url" in line

        allowed = {**own, "SCRATCH_DATABASE_URL": elsewhere}
        project.model(INVOICE.replace("SCHEMA", "billing"))
        assert "CREATE SCHEMA" in project.revise("create invoices", **allowed)
        project.succeed("check", **allowed)
        broken = project.by_hand("op.execute('CREATE TABLE x (id int)'); op.execute('SELECT 1/0')")
        project.fail("check", **allowed)
        broken.unlink()
        assert project.databases() == databases
    finally:
        project.sql("DROP ROLE plain")


def test_what_a_librarys_own_comparison_finds_is_written_too(project: Workbench) -> None:
    project.model(
        """
from alembic.autogenerate import comparators
from alembic.operations.ops import ExecuteSQLOp


class CreateFunction(ExecuteSQLOp):
    def reverse(self):
        return ExecuteSQLOp("DROP FUNCTION one")


@comparators.dispatch_for("schema")
def compare_function(autogen_context, upgrade_ops, schemas):
    if autogen_context.connection.scalar(sa.text("SELECT to_regproc('one') IS NULL")):
        upgrade_ops.ops.append(CreateFunction("CREATE FUNCTION one() RETURNS int RETURN 1"))
"""
    )
    revision = project.change("Add a function")
    assert "CREATE FUNCTION one()" in revision
    assert "DROP FUNCTION one" in revision
    assert "no revision was written" in project.succeed("revision", "--autogenerate", "-m", "x")


def test_make_writes_a_revision_with_what_the_developer_has_changed(project: Workbench) -> None:
    project.sql("ALTER TABLE posts ADD COLUMN by_hand int")
    (project.path / "app/models/vote.py").unlink()

    assert "Wrote migrations/versions/" in project.succeed(
        "revision", "--autogenerate", "-m", "drop votes"
    )
    [revision] = project.versions.glob("*_drop_votes.py")
    assert 'op.drop_table("votes")' in revision.read_text()
    assert "by_hand" not in revision.read_text()
    assert "no revision was written" in project.succeed(
        "revision", "--autogenerate", "-m", "nothing"
    )
    assert "agree" in project.succeed("check")
