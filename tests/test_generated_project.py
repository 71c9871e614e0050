"""Each starter, installed and run on real PostgreSQL."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from baking import Project, bake
from dotenv import dotenv_values
from running import make, python, serving, stop_postgres, succeed

pytestmark = pytest.mark.installs
STARTERS = ("blank", "users", "blog")


@pytest.fixture(scope="module", params=STARTERS)
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp(request.param), starter=request.param)
    succeed(project.path, "db")
    yield project
    stop_postgres(project)


def revision_files(project: Project) -> set[Path]:
    return set((project.path / "migrations" / "versions").glob("*.py"))


def test_style_and_types_are_clean(project: Project) -> None:
    succeed(project.path, "lint")


def test_its_tests_pass_reach_every_line_and_branch_and_leave_no_database(project: Project) -> None:
    output = succeed(project.path, "test", "args=-n 2 --cov")

    assert "Required test coverage of 100.0% reached" in output
    assert re.search(r"\d passed", output)
    assert not re.search(r"\d (skipped|warning)", output)

    listing = python(
        project.path,
        "-c",
        "import sqlalchemy as sa\n"
        "from app.config import settings\n"
        "with sa.create_engine(settings.database_url).connect() as connection:\n"
        "    print(*connection.scalars(sa.text('SELECT datname FROM pg_database')))",
    )
    assert listing.stdout.split() == ["postgres", "my-api", "template1", "template0"]


def test_the_migrations_go_up_and_down_and_agree_with_the_models(project: Project) -> None:
    before = revision_files(project)

    succeed(project.path, "upgrade")
    succeed(project.path, "check")
    assert "no revision was written" in succeed(project.path, "revision", "m=nothing")
    succeed(project.path, "downgrade", "to=base")
    succeed(project.path, "upgrade")
    succeed(project.path, "check")

    assert revision_files(project) == before


def test_it_serves_health_and_docs(project: Project) -> None:
    with serving(project.path) as client:
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 200
        assert "My API" in client.get("/docs").text
        assert client.get("/openapi.json").json()["info"]["title"] == "My API"


def test_a_healthy_service_logs_its_start_and_nothing_of_its_libraries_or_probes(
    project: Project, tmp_path: Path
) -> None:
    succeed(project.path, "upgrade")
    log = tmp_path / "log"
    command = f"exec .venv/bin/python -m app --port PORT 2>'{log}'"
    with serving(project.path, "sh", "-c", command, LOG_LEVEL="INFO") as client:
        assert client.get("/health/ready").status_code == 200
        assert client.get("/health/live").status_code == 200
        assert client.get("/unknown").status_code == 404

    lines = log.read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    assert {entry["logger"] for entry in entries} == {"uvicorn.error", "app.access"}
    assert [entry["status"] for entry in entries if entry["logger"] == "app.access"] == [404]
    assert entries[0]["message"].startswith("Started server process")


def test_it_never_creates_tables_from_the_models(project: Project) -> None:
    sources = [
        path
        for folder in ("app", "migrations", "scripts", "tests")
        for path in (project.path / folder).rglob("*.py")
    ]
    creating = [path.name for path in sources if "create_all" in path.read_text()]

    assert sources
    assert creating == []


def test_a_new_model_is_found_migrated_and_undone(project: Project) -> None:
    model = project.path / "app" / "models" / "comment.py"
    before = revision_files(project)
    model.write_text(
        "from sqlalchemy.orm import Mapped\n\nfrom app.models.base import Base, IdentityKey\n\n\n"
        'class Comment(Base):\n    __tablename__ = "comments"\n\n    id: Mapped[IdentityKey]\n'
    )
    try:
        succeed(project.path, "upgrade")
        assert make(project.path, "check").returncode != 0
        succeed(project.path, "revision", "m=create comments")
        [revision] = revision_files(project) - before
        assert 'op.create_table(\n        "comments"' in revision.read_text()
        assert "_create_comments" in revision.name
        succeed(project.path, "upgrade")
        succeed(project.path, "check")
        succeed(project.path, "lint")

        model.unlink()
        succeed(project.path, "revision", "m=drop comments")
        [dropping] = revision_files(project) - before - {revision}
        assert 'op.drop_table("comments")' in dropping.read_text()
    finally:
        model.unlink(missing_ok=True)
        succeed(project.path, "downgrade", "to=base")
        for path in revision_files(project) - before:
            path.unlink()


def test_a_clone_makes_its_own_environment(project: Project, tmp_path: Path) -> None:
    clone = Project(tmp_path / "clone")
    cloned = project.run("git", "clone", "--quiet", ".", str(clone.path))
    assert cloned.returncode == 0, cloned.stderr
    try:
        with serving(clone.path) as client:
            assert client.get("/health/ready").status_code == 200
        settings, original = (
            dotenv_values(stream=io.StringIO(p.text(".env"))) for p in (clone, project)
        )
        assert settings["DATABASE_URL"] != original["DATABASE_URL"]
        assert (
            settings.get("SECRET_KEY") != original.get("SECRET_KEY") or "SECRET_KEY" not in settings
        )
        assert (clone.path / ".env").stat().st_mode & 0o077 == 0
    finally:
        stop_postgres(clone)
