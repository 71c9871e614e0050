"""What the targets of a generated project say when something is missing or wrong."""

from collections.abc import Iterator

import pytest
from baking import Project, bake
from running import free_port, make, python, stop_postgres, succeed

pytestmark = pytest.mark.installs
TARGETS_THAT_CONNECT = ("run", "upgrade", "test", "check", "current")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("targets"), starter="blog")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


def state(project: Project) -> tuple[set[str], str]:
    """Return the names of the revision files, and the revision of the database."""
    files = {path.name for path in (project.path / "migrations/versions").iterdir()}
    return files - {"__pycache__"}, python(project.path, "-m", "alembic", "current").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["revision"], 'make revision m="add title to comments"'),
        (["merge"], 'make merge m="merge x and y"'),
        (["merge", "m=nothing to merge"], "there is one head only"),
        (["stamp"], "make stamp to=head"),
        (["upgrade", "to=nonsense"], "No revision is called 'nonsense'"),
        (["downgrade", "to=nonsense"], "nonsense"),
        (["stamp", "to=nonsense"], "No revision is called 'nonsense'"),
        (["upgrade", "to=$(shell touch injected)"], "called '$(shell touch injected)'"),
        (["upgrade", "to=; touch injected"], "called '; touch injected'"),
    ],
)
def test_a_missing_or_wrong_argument_is_one_line_and_changes_nothing(
    project: Project, arguments: list[str], says: str
) -> None:
    before = state(project)

    result = make(project.path, *arguments)

    assert result.returncode != 0
    [line, from_make] = (result.stdout + result.stderr).splitlines()
    assert says in line
    assert from_make.startswith("make: ***")
    assert state(project) == before
    assert not project.has_file("injected")


def test_a_message_may_have_any_characters(project: Project) -> None:
    before = state(project)[0]

    succeed(project.path, "revision", "empty=1", """m=say "hi" & it's `date`; %s \\ {x}""")

    [name] = state(project)[0] - before
    revision = project.path / "migrations/versions" / name
    compile(revision.read_text(), name, "exec")
    assert """say "hi" & it's `date`; %s""" in revision.read_text()
    revision.unlink()


def test_make_alone_explains_every_target(project: Project) -> None:
    output = succeed(project.path)

    for target in (
        *("run", "test", "lint", "format", "install", "db", "db-stop", "clean"),
        *("revision", "upgrade", "downgrade", "current", "heads", "history", "sql"),
        *("rebase", "stamp", "merge", "check", "drift", "lint-migrations", "models", "baseline"),
    ):
        assert f"\n  {target} " in output
    assert len(output.splitlines()) <= 40


def test_two_heads_can_be_merged(project: Project) -> None:
    before = state(project)[0]
    for message in ("left", "right"):
        options = ("-m", message, "--head=e95d30f8b7a6", "--splice")
        revised = python(project.path, "-m", "alembic", "revision", *options)
        assert revised.returncode == 0, revised.stderr
    assert len(succeed(project.path, "heads").splitlines()) == 2

    succeed(project.path, "merge", "m=join left and right")

    assert len(succeed(project.path, "heads").splitlines()) == 1
    assert "join left and right" in succeed(project.path, "history")
    for name in state(project)[0] - before:
        (project.path / "migrations/versions" / name).unlink()


def test_the_sql_can_start_at_a_revision(project: Project) -> None:
    output = succeed(project.path, "sql", "from=c6071ad85e39")

    assert "CREATE TABLE votes" in output
    assert "CREATE TABLE users" not in output


def test_the_sql_can_be_printed_without_a_database(project: Project) -> None:
    output = succeed(
        project.path, "sql", DATABASE_URL=f"postgresql://api@127.0.0.1:{free_port()}/x"
    )

    assert "CREATE TABLE votes" in output


@pytest.mark.parametrize("target", TARGETS_THAT_CONNECT)
def test_a_server_that_does_not_answer_is_one_line(project: Project, target: str) -> None:
    port = free_port()

    result = make(
        project.path, target, DATABASE_URL=f"postgresql://api:hunter2@127.0.0.1:{port}/blog"
    )

    assert result.returncode != 0
    [line, _] = result.stderr.splitlines()
    assert "127.0.0.1" in line
    assert str(port) in line
    assert "Start it or correct DATABASE_URL" in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "alembic", "upgrade", "head"],
        ["-m", "uvicorn", "app.main:app"],
        ["-m", "pytest"],
    ],
)
def test_every_command_names_a_bad_setting_without_a_traceback(
    project: Project, command: list[str]
) -> None:
    result = python(project.path, *command, DATABASE_URL="mysql://root:hunter2@127.0.0.1/blog")

    assert result.returncode == 1
    assert "DATABASE_URL: starts with mysql://" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert "hunter2" not in result.stdout + result.stderr


def test_migrations_need_no_secret_but_the_service_does(project: Project) -> None:
    migrating = python(project.path, "-m", "alembic", "current", SECRET_KEY="short")
    serving = python(project.path, "-m", "uvicorn", "app.main:app", SECRET_KEY="short")

    assert migrating.returncode == 0, migrating.stderr
    testing = python(project.path, "-m", "pytest", SECRET_KEY="short")
    for result in (serving, testing):
        assert result.returncode == 1
        assert "SECRET_KEY: " in result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        assert "INTERNALERROR" not in result.stdout + result.stderr
