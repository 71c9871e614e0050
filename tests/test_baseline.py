"""Targets of make that adopt a database, and the style of what they write."""

from collections.abc import Iterator

import pytest
from baking import Project, bake
from databases import database_url, values
from running import make, python, stop_postgres, succeed
from workflow.adopted import DIFFERENT, EXISTING

pytestmark = pytest.mark.installs
MODEL = '''"""Articles."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, IdentityKey


class Article(Base):
    """Something to read."""

    __tablename__ = "articles"

    id: Mapped[IdentityKey]
    title: Mapped[str] = mapped_column(String(200), index=True)
    status: Mapped[str] = mapped_column(server_default="draft")
'''


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("baseline"), starter="blank")
    succeed(project.path, "db")
    yield project
    stop_postgres(project)


@pytest.fixture
def project(installed: Project) -> Iterator[Project]:
    """The project with an empty database; both are put back afterwards."""
    yield installed
    installed.run("git", "clean", "-dfq", "app", "migrations")
    query(installed, "DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS billing CASCADE")
    query(installed, "CREATE SCHEMA public")


def query(project: Project, statements: str) -> list[object]:
    """Run the statements, and return the first column of what the last one gives."""
    return values(database_url(project), statements)


def refused(project: Project, *arguments: str) -> str:
    """Run a target that fails, and return what it says."""
    result = make(project.path, *arguments)
    assert result.returncode != 0, result.stdout
    output = result.stdout + result.stderr
    assert "Traceback" not in output
    return output.rpartition("make: ***")[0].strip()


def assert_style(project: Project, *paths: str) -> None:
    for tool in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        result = python(project.path, "-m", *tool, *paths)
        assert result.returncode == 0, result.stdout


def test_models_that_were_written_from_the_database_are_in_the_style_of_the_project(
    project: Project,
) -> None:
    query(project, EXISTING)

    succeed(project.path, "models")
    output = succeed(project.path, "baseline")
    assert_style(project, "app/models/existing.py", "migrations/versions")

    assert "The database is adopted" in output
    assert "(head)" in succeed(project.path, "current")
    succeed(project.path, "check")
    succeed(project.path, "drift")
    assert "already" in refused(project, "baseline")
    assert "existing.py exists; move it away first." in refused(project, "models")


def test_models_are_written_for_the_tables_that_are_named(project: Project) -> None:
    query(project, EXISTING)

    succeed(project.path, "models", "tables=users,billing.invoices")

    models = project.text("app/models/existing.py")
    assert "class Users(Base):" in models
    assert "class Invoices(Base):" in models
    assert "posts" not in models


def test_a_database_that_differs_is_adopted_by_force(project: Project) -> None:
    (project.path / "app" / "models" / "article.py").write_text(MODEL, encoding="utf-8")
    query(project, DIFFERENT)
    assert "make baseline force=1" in refused(project, "baseline")

    output = succeed(project.path, "baseline", "force=1")

    assert output.count("Wrote ") == 2
    # The collation changes without a rewrite; what the database had counts as in use.
    findings = refused(project, "lint-migrations")
    assert "change_the_existing_schema_to_the_models.py:" in findings
    assert "existing_schema.py:" not in findings
    assert "would drop tables that were there before" in refused(project, "downgrade", "to=base")
    succeed(project.path, "upgrade")
    succeed(project.path, "check")
    succeed(project.path, "drift")
    shipped = python(project.path, "-m", "pytest", "-q", "tests/test_migrations.py")
    assert shipped.returncode == 0, shipped.stdout
    assert_style(project, "app/models/article.py", "migrations/versions")
