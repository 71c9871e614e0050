"""The wiring of Alembic in a generated project, on real PostgreSQL."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from baking import Project, bake
from databases import connect, database_url, values
from psycopg2 import sql
from running import make, python, stop_postgres, succeed
from sqlalchemy import URL

pytestmark = pytest.mark.installs
PASSWORD = r"""p%40ss:/@#?'" \ü"""
MODEL = """
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, JSON, String, TypeDecorator, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, IdentityKey


class Upper(TypeDecorator[str]):
    impl = String
    cache_ok = True


class Thing(Base):
    __tablename__ = "things"
    __table_args__ = (CheckConstraint("price > 0", name="price_is_positive"),)

    id: Mapped[IdentityKey]
    price: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSON, server_default=text("'{}'"))
    quoted: Mapped[str] = mapped_column(server_default="it's 100% \\"new\\": {}")
    status: Mapped[str] = mapped_column(String(20), server_default="draft")
    ready: Mapped[bool] = mapped_column(server_default="false")
    key: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    code: Mapped[str] = mapped_column(Upper(10))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("environment"), starter="blog")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.fixture
def project(installed: Project) -> Iterator[Project]:
    """The project, put back as it was afterwards."""
    yield installed
    installed.run("git", "clean", "-dfq", "app", "migrations")
    execute(installed, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    succeed(installed.path, "upgrade")


def execute(project: Project, *statements: str) -> None:
    values(database_url(project), *statements)


def revise(project: Project, message: str) -> str:
    """Autogenerate a revision and return what is in the file."""
    before = set((project.path / "migrations/versions").glob("*.py"))
    succeed(project.path, "revision", f"m={message}")
    [path] = set((project.path / "migrations/versions").glob("*.py")) - before
    return path.read_text()


@pytest.fixture
def guarded_database(project: Project) -> Iterator[dict[str, str]]:
    """The settings of a database that asks for a password with every awkward character."""
    access = project.path / ".postgres/data/pg_hba.conf"
    original = access.read_text()
    role = sql.SQL("CREATE ROLE guarded LOGIN CREATEDB PASSWORD {}").format(sql.Literal(PASSWORD))
    connection = connect(database_url(project))
    cursor = connection.cursor()
    cursor.execute(role)
    cursor.execute("CREATE DATABASE guarded OWNER guarded")
    access.write_text(f"local all guarded scram-sha-256\n{original}")
    cursor.execute("SELECT pg_reload_conf()")
    yield {
        "DATABASE_URL": "",
        "DATABASE_HOSTNAME": str(database_url(project).query["host"]),
        "DATABASE_USERNAME": "guarded",
        "DATABASE_PASSWORD": PASSWORD,
        "DATABASE_NAME": "guarded",
    }
    access.write_text(original)
    cursor.execute("SELECT pg_reload_conf()")
    cursor.execute("DROP DATABASE guarded WITH (FORCE)")
    cursor.execute("DROP ROLE guarded")
    connection.close()


@pytest.mark.parametrize("form", ["parts", "url"])
def test_a_password_may_have_any_character(
    project: Project, guarded_database: dict[str, str], form: str
) -> None:
    if form == "url":
        quoted = URL.create(
            "postgresql",
            username="guarded",
            password=PASSWORD,
            database="guarded",
            query={"host": guarded_database["DATABASE_HOSTNAME"]},
        )
        guarded_database = {"DATABASE_URL": quoted.render_as_string(hide_password=False)}
    env_file = project.path / ".env"
    hidden = env_file.rename(project.path / ".env.hidden")
    try:
        for command in (
            ["upgrade", "head"],
            ["check"],
            ["revision", "--autogenerate", "-m", "nothing"],
            ["upgrade", "head", "--sql"],
            ["downgrade", "base"],
        ):
            result = python(project.path, "-m", "alembic", *command, **guarded_database)
            assert result.returncode == 0, result.stderr
            assert PASSWORD not in result.stdout + result.stderr
    finally:
        hidden.rename(env_file)


def test_tables_of_other_services_are_left_alone(project: Project) -> None:
    execute(
        project,
        "CREATE TABLE invoices (id int PRIMARY KEY)",
        "CREATE TABLE alembic_version (version_num text)",
    )

    succeed(project.path, "check")
    assert "no revision was written" in succeed(project.path, "revision", "m=nothing")


def test_two_services_can_share_a_database(
    project: Project, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    other = bake(tmp_path, starter="blank", project_slug="other-api")
    shared = {"DATABASE_URL": database_url(project).render_as_string()}
    (other.path / "app/models/thing.py").write_text(MODEL)
    request.addfinalizer(partial(stop_postgres, other))

    succeed(other.path, "revision", "m=create things", **shared)
    succeed(other.path, "upgrade", **shared)

    succeed(other.path, "check", **shared)
    succeed(project.path, "check")
    succeed(other.path, "downgrade", "to=base", **shared)
    succeed(project.path, "check")


def test_the_table_of_a_deleted_model_is_dropped(project: Project) -> None:
    (project.path / "app/models/vote.py").unlink()
    try:
        assert 'op.drop_table("votes")' in revise(project, "drop votes")
    finally:
        project.run("git", "checkout", "--quiet", "--", "app")


def test_a_table_that_the_history_gave_away_is_left_alone(project: Project) -> None:
    succeed(project.path, "revision", "empty=1", "m=by hand")
    [revision] = (project.path / "migrations/versions").glob("*_by_hand.py")
    statement = "op.execute('CREATE TABLE gone (id int); DROP TABLE gone')"
    revision.write_text(
        revision.read_text()
        .replace("def upgrade() -> None:\n    pass", f"def upgrade() -> None:\n    {statement}")
        .replace("def downgrade() -> None:\n    pass", "def downgrade() -> None:\n    op.f('')")
    )
    succeed(project.path, "upgrade")
    execute(project, "CREATE TABLE gone (id int)")

    succeed(project.path, "check")


def test_a_model_in_another_schema_settles(project: Project) -> None:
    execute(project, "CREATE SCHEMA billing", "CREATE TABLE billing.invoices (id int)")
    (project.path / "app/models/thing.py").write_text(
        "from app.models.base import Base, IdentityKey\nfrom sqlalchemy.orm import Mapped\n\n\n"
        'class Thing(Base):\n    __tablename__ = "things"\n'
        '    __table_args__ = {"schema": "billing"}\n\n    id: Mapped[IdentityKey]\n'
    )
    try:
        revise(project, "create things")
        succeed(project.path, "upgrade")

        succeed(project.path, "check")
    finally:
        execute(project, "DROP SCHEMA billing CASCADE")


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("op.create_table('Order Items', sa.Column('id', sa.Integer()))", "Order Items"),
        ("op.execute('CREATE TABLE IF NOT EXISTS public.Raw (id int)')", "raw"),
        ("op.execute('CREATE TABLE copied AS SELECT 1 AS one')", "copied"),
        ("op.execute('CREATE TABLE old (id int)'); op.rename_table('old', 'new')", "new"),
    ],
)
def test_a_table_that_only_the_history_knows_is_dropped(
    project: Project, statement: str, table: str
) -> None:
    succeed(project.path, "revision", "empty=1", "m=by hand")
    [revision] = (project.path / "migrations/versions").glob("*_by_hand.py")
    revision.write_text(
        revision.read_text().replace(
            "def upgrade() -> None:\n    pass", f"def upgrade() -> None:\n    {statement}"
        )
    )
    succeed(project.path, "upgrade")

    assert f"op.drop_table({table!r})".replace("'", '"') in revise(project, "drop it")


def test_defaults_checks_and_types_of_ones_own_survive_the_round_trip(project: Project) -> None:
    model = project.path / "app/models/thing.py"
    model.write_text(MODEL)

    revision = revise(project, "create things")
    succeed(project.path, "upgrade")
    succeed(project.path, "check")

    assert "app.models" not in revision
    assert 'sa.Column("code", sa.String(length=10), nullable=False)' in revision
    assert "ck_things_price_is_positive" in revision


def test_a_changed_default_and_a_new_check_are_found(project: Project) -> None:
    model = project.path / "app/models/thing.py"
    model.write_text(MODEL)
    revise(project, "create things")
    succeed(project.path, "upgrade")
    changed = MODEL.replace('server_default="draft"', 'server_default="new"')
    model.write_text(changed.replace("price_is_positive", "price_is_above_zero"))
    found = make(project.path, "check")

    revision = revise(project, "change things")

    assert found.returncode != 0
    assert "column things.status" in found.stderr
    assert "expected  character varying(20) NOT NULL DEFAULT 'new'" in found.stderr
    assert "server_default=sa.text(\"'new'\")" in revision or 'server_default="new"' in revision
    assert "ck_things_price_is_above_zero" in revision
    succeed(project.path, "upgrade")
    succeed(project.path, "check")
    succeed(project.path, "drift")
    succeed(project.path, "downgrade")


def test_revisions_before_a_broken_one_stay_applied(project: Project) -> None:
    succeed(project.path, "downgrade", "to=base")
    broken = project.path / "migrations/versions/2026_02_01_0900-badbadbadbad_break.py"
    broken.write_text(
        '"""Break."""\n\nfrom alembic import op\n\nrevision = "badbadbadbad"\n'
        'down_revision = "e95d30f8b7a6"\n\n\ndef upgrade():\n    op.execute("SELECT 1/0")\n'
        "\n\ndef downgrade():\n    pass\n"
    )

    assert make(project.path, "upgrade").returncode != 0

    broken.unlink()
    assert "e95d30f8b7a6 (head)" in succeed(project.path, "current")


def test_alembic_leaves_the_loggers_of_the_application_alone(project: Project) -> None:
    code = (
        "import logging; logger = logging.getLogger('app.anything')\n"
        "from alembic import command; from alembic.config import Config\n"
        "command.current(Config('alembic.ini')); print('disabled:', logger.disabled)"
    )

    assert "disabled: False" in python(project.path, "-c", code).stdout
