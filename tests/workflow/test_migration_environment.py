"""The wiring of Alembic by a service's `env.py`, on real PostgreSQL."""

import logging
from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config
from databases import AWKWARD_PASSWORD, guarded_database

from workflow.process import enter_service
from workflow.revisions import VOTES, current, write_revision, write_sql
from workflow.workbench import PROCESSES, Workbench, write_service

MODEL = """
import uuid


class Upper(sa.TypeDecorator[str]):
    impl = sa.String
    cache_ok = True


class Thing(Base):
    __tablename__ = "things"
    __table_args__ = (sa.CheckConstraint("price > 0", name="price_is_positive"),)

    id: Mapped[IdentityKey]
    price: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON, server_default=sa.text("'{}'"))
    quoted: Mapped[str] = mapped_column(server_default="it's 100% \\"new\\": {}")
    status: Mapped[str] = mapped_column(sa.String(20), server_default="draft")
    ready: Mapped[bool] = mapped_column(server_default="false")
    key: Mapped[uuid.UUID] = mapped_column(server_default=sa.text("gen_random_uuid()"))
    code: Mapped[str] = mapped_column(Upper(10))
"""


def test_a_password_may_have_any_character(project: Workbench) -> None:
    with guarded_database(project.url) as guarded:
        url = guarded.render_as_string(hide_password=False)
        for arguments in (
            ["upgrade", "head"],
            ["check"],
            ["revision", "--autogenerate", "-m", "nothing"],
            ["upgrade", "head", "--sql"],
            ["downgrade", "base"],
        ):
            output = project.succeed("alembic", *arguments, DATABASE_URL=url)
            assert AWKWARD_PASSWORD not in output


def test_tables_of_other_services_are_left_alone(project: Workbench) -> None:
    project.sql(
        "CREATE TABLE invoices (id int PRIMARY KEY)",
        "CREATE TABLE alembic_version (version_num text)",
    )

    project.succeed("check")
    assert "no revision was written" in project.succeed(
        "revision", "--autogenerate", "-m", "nothing"
    )


def test_two_services_can_share_a_database(project: Workbench, tmp_path: Path) -> None:
    other = Workbench(tmp_path / "service", project.url)
    write_service(other.path)
    (other.path / "app" / "__init__.py").write_text(
        'SERVICE_NAME = "other-api"\nVERSION_TABLE = "alembic_version_other_api"\n'
    )
    models = set((other.path / "app" / "models").glob("[!_]*.py"))
    for path in (models - {other.path / "app/models/base.py"}) | set(other.versions.glob("*.py")):
        path.unlink()
    other.model(MODEL)

    other.revise("create things")
    other.succeed("upgrade", "head")

    other.succeed("check")
    project.succeed("check")
    other.succeed("downgrade", "base")
    project.succeed("check")


def test_a_model_in_another_schema_settles(project: Workbench) -> None:
    project.sql("CREATE SCHEMA billing", "CREATE TABLE billing.invoices (id int)")
    project.model(
        'class Thing(Base):\n    __tablename__ = "things"\n'
        '    __table_args__ = {"schema": "billing"}\n\n    id: Mapped[IdentityKey]\n'
    )
    project.revise("create things")
    project.succeed("upgrade", "head")

    project.succeed("check")


def test_tables_that_only_the_history_knows_are_dropped(project: Workbench) -> None:
    statements = {
        "Order Items": "op.create_table('Order Items', sa.Column('id', sa.Integer()))",
        "raw": "op.execute('CREATE TABLE IF NOT EXISTS public.Raw (id int)')",
        "copied": "op.execute('CREATE TABLE copied AS SELECT 1 AS one')",
        "new": "op.execute('CREATE TABLE old (id int)'); op.rename_table('old', 'new')",
    }
    write_revision(project, "; ".join(statements.values()))
    project.succeed("upgrade", "head")

    revision = project.revise("drop them")

    for table in statements:
        assert f'op.drop_table("{table}")' in revision


def test_defaults_checks_and_types_of_ones_own_survive_the_round_trip(
    project: Workbench,
) -> None:
    project.model(MODEL)

    revision = project.revise("create things")
    project.succeed("upgrade", "head")
    project.succeed("check")

    assert "app.models" not in revision
    assert 'sa.Column("code", sa.String(length=10), nullable=False)' in revision
    assert "ck_things_price_is_positive" in revision


def test_a_changed_default_and_a_new_check_are_found(project: Workbench) -> None:
    project.model(MODEL)
    project.revise("create things")
    project.succeed("upgrade", "head")
    changed = MODEL.replace('server_default="draft"', 'server_default="new"')
    project.model(changed.replace("price_is_positive", "price_is_above_zero"))
    found = project.fail("check")

    revision = project.revise("change things")

    assert "column things.status" in found
    assert "expected  character varying(20) NOT NULL DEFAULT 'new'" in found
    assert "server_default=sa.text(\"'new'\")" in revision or 'server_default="new"' in revision
    assert "ck_things_price_is_above_zero" in revision
    project.succeed("upgrade", "head")
    project.succeed("check")
    project.succeed("drift")
    project.succeed("downgrade", "-1")


def test_revisions_before_a_broken_one_stay_applied(project: Workbench) -> None:
    project.succeed("downgrade", "base")
    write_sql(project, "SELECT 1/0")

    project.fail("upgrade", "head")

    assert current(project) == VOTES


def look_at_a_logger(folder: Path, output: Path, environment: Mapping[str, str]) -> None:
    """Run a command from within the application, and print what becomes of a logger."""
    enter_service(folder, output, environment)
    logger = logging.getLogger("app.anything")
    command.current(Config("alembic.ini"))
    print("disabled:", logger.disabled)


def test_alembic_leaves_the_loggers_of_the_application_alone(
    project: Workbench, tmp_path: Path
) -> None:
    output = tmp_path / "output.txt"
    process = PROCESSES.Process(
        target=look_at_a_logger, args=(project.path, output, project.environment)
    )

    process.start()
    process.join()

    assert "disabled: False" in output.read_text(encoding="utf-8")
