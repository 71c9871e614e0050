"""Targets of make for migrations: what they hand over to the package, and how they fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from baking import Project
from databases import database_url, values
from running import free_port, make, python, succeed

pytestmark = pytest.mark.installs
PUBLISHED, HEAD = "c6071ad85e39", "e95d30f8b7a6"


@pytest.fixture
def project(migrated_blog: Project) -> Iterator[Project]:
    """The migrated blog; afterwards its own models and revisions alone are there, all applied."""
    yield migrated_blog
    migrated_blog.run("git", "clean", "-dfq", "app", "migrations")
    migrated_blog.run("git", "checkout", "--quiet", "--", "app", "migrations")
    if current(migrated_blog) != [HEAD]:
        succeed(migrated_blog.path, "upgrade")


def versions(project: Project) -> set[Path]:
    """Return the files of the revisions."""
    return set((project.path / "migrations" / "versions").glob("*.py"))


def current(project: Project) -> list[str]:
    """Return the revision of the database."""
    return values(database_url(project), "SELECT version_num FROM alembic_version_my_api")


def write_revisions(project: Project, *names: str) -> list[Path]:
    """Write empty revisions, each of which comes after the last that the blog has."""
    before = versions(project)
    for name in names:
        options = ("--message", name, "--rev-id", name, "--head", HEAD, "--splice")
        revised = python(project.path, "-m", "alembic", "revision", *options)
        assert revised.returncode == 0, revised.stderr
    return sorted(versions(project) - before)


def refusal(project: Project, *arguments: str, **environment: str) -> str:
    """Run make, which must fail, and return the one line that says why."""
    result = make(project.path, *arguments, **environment)
    assert result.returncode != 0
    [line, from_make] = (result.stdout + result.stderr).splitlines()
    assert from_make.startswith("make: ***")
    return line


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
    migrated_blog: Project, arguments: list[str], says: str
) -> None:
    before = versions(migrated_blog), current(migrated_blog)

    assert says in refusal(migrated_blog, *arguments)

    assert (versions(migrated_blog), current(migrated_blog)) == before
    assert not migrated_blog.has_file("injected")


@pytest.mark.parametrize(
    ("message", "docstring"),
    [
        ("2026-01-07", "2026-01-07\n"),
        ("-x $HOME `id` 'a' \"b\"; %s", "-x $HOME `id` 'a' \"b\"; %s\n"),
        ("--sql", "--sql\n"),
        ("""say "hi" & it's `date`; %s \\ {x}""", """say "hi" & it's `date`; %s"""),
    ],
)
def test_a_message_is_taken_as_it_is(migrated_blog: Project, message: str, docstring: str) -> None:
    before = versions(migrated_blog)

    succeed(migrated_blog.path, "revision", "empty=1", f"m={message}")

    [path] = versions(migrated_blog) - before
    text = path.read_text(encoding="utf-8")
    path.unlink()
    compile(text, path, "exec")
    assert text.startswith(f'"""{docstring}')


def test_a_target_may_be_a_date_and_the_history_shows_where_the_database_is(
    project: Project,
) -> None:
    succeed(project.path, "downgrade", "to=2026-01-08")

    assert current(project) == [PUBLISHED]
    lines = succeed(project.path, "history").splitlines()
    assert lines[0] == f"{PUBLISHED} -> {HEAD} (head), Create votes."
    assert lines[1] == f"d06b5e83a1f7 -> {PUBLISHED} (current), Add published to posts."
    assert len(lines) == 8


def test_the_sql_can_start_at_a_revision(migrated_blog: Project) -> None:
    output = succeed(migrated_blog.path, "sql", f"from={PUBLISHED}")

    assert "CREATE TABLE votes" in output
    assert "CREATE TABLE users" not in output


def test_the_sql_of_some_days_can_be_printed(migrated_blog: Project) -> None:
    output = succeed(migrated_blog.path, "sql", "from=2026-01-06", "to=2026-01-08")

    assert "ADD COLUMN published" in output
    assert "CREATE TABLE posts" not in output
    assert "CREATE TABLE votes" not in output


def test_the_sql_can_be_printed_without_a_database(migrated_blog: Project) -> None:
    nowhere = f"postgresql://api@127.0.0.1:{free_port()}/x"

    output = succeed(migrated_blog.path, "sql", DATABASE_URL=nowhere)

    assert "CREATE TABLE votes" in output


def test_two_heads_are_named_in_one_line_before_anything_is_done(project: Project) -> None:
    write_revisions(project, "aaaa", "bbbb")
    before = versions(project)

    for command in (["revision", "m=next"], ["revision", "m=next", "empty=1"], ["upgrade"]):
        line = refusal(project, *command)
        assert "heads: " in line
        assert "make rebase" in line
        assert "make merge" in line

    assert versions(project) == before


def test_two_heads_can_be_merged(project: Project) -> None:
    write_revisions(project, "aaaa", "bbbb")
    before = versions(project)
    assert len(succeed(project.path, "heads").splitlines()) == 2

    succeed(project.path, "merge", "m=2026-01-07")

    [path] = versions(project) - before
    assert path.read_text(encoding="utf-8").startswith('"""2026-01-07\n')
    assert len(succeed(project.path, "heads").splitlines()) == 1
    assert "2026-01-07" in succeed(project.path, "history")


def test_two_heads_can_be_put_one_after_the_other(project: Project) -> None:
    theirs, _ = write_revisions(project, "aaaa", "bbbb")
    assert "make rebase mine=" in refusal(project, "rebase")
    as_someone = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    project.run("git", "add", str(theirs))
    project.run("git", *as_someone, "commit", "--quiet", "--no-verify", "--message=theirs")
    try:
        assert "comes after aaaa" in succeed(project.path, "rebase")
        assert succeed(project.path, "heads").split()[0] == "bbbb"
    finally:
        project.run("git", "reset", "--quiet", "--hard", "HEAD~1")


def test_rebase_can_be_told_which_head_is_mine(project: Project) -> None:
    write_revisions(project, "aaaa", "bbbb")

    succeed(project.path, "rebase", "mine=bb")

    assert succeed(project.path, "heads").split()[0] == "bbbb"


def test_there_is_nothing_to_undo_at_base(project: Project) -> None:
    succeed(project.path, "downgrade", "to=base")

    line = refusal(project, "downgrade")

    assert line == (
        "Relative revision -1 didn't produce 1 migrations. "
        "make history shows the revisions and where the database is."
    )


@pytest.mark.parametrize("error", ["1 / 0", 'op.execute("SELECT 1/0")'])
def test_a_revision_that_fails_is_told_in_one_line(project: Project, error: str) -> None:
    [path] = write_revisions(project, "aaaa")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("upgrade() -> None:\n    pass", f"upgrade() -> None:\n    {error}")
    )

    result = make(project.path, "upgrade")

    assert result.returncode != 0
    [line] = [
        line
        for line in (result.stdout + result.stderr).splitlines()
        if not line.startswith(("INFO", "make: ***"))
    ]
    assert line.startswith(f"{path.name}, line ")
    assert line.endswith("Correct it and run the command again.")
    assert "division by zero. What that revision had not committed was rolled back" in line
    assert current(project) == [HEAD]


def test_drift_fails_with_the_differences_on_stderr(migrated_blog: Project) -> None:
    url = database_url(migrated_blog)
    values(url, "ALTER TABLE votes ADD COLUMN weight integer")
    try:
        result = make(migrated_blog.path, "drift")
    finally:
        values(url, "ALTER TABLE votes DROP COLUMN weight")

    assert result.returncode != 0
    assert "column votes.weight\n  expected  nothing\n  found     integer\n" in result.stderr
    assert "Traceback" not in result.stderr
    assert "is what that should have produced" in succeed(migrated_blog.path, "drift")


def test_check_fails_with_the_differences_on_stderr(project: Project) -> None:
    with (project.path / "app" / "models" / "vote.py").open("a", encoding="utf-8") as model:
        model.write("    weight: Mapped[int]\n")

    result = make(project.path, "check")

    assert result.returncode != 0
    assert "column votes.weight\n  expected  integer NOT NULL\n" in result.stderr
    assert 'make revision m="..."' in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def wrong_password(migrated_blog: Project) -> Iterator[str]:
    """The URL of the database with a role that has another password."""
    url = database_url(migrated_blog)
    access = migrated_blog.path / ".postgres" / "data" / "pg_hba.conf"
    original = access.read_text()
    access.write_text(f"local all guarded scram-sha-256\n{original}")
    values(url, "CREATE ROLE guarded LOGIN PASSWORD 'hunter2'")
    values(url, "SELECT pg_reload_conf()")
    yield url.set(username="guarded", password="not-hunter2").render_as_string(hide_password=False)
    access.write_text(original)
    values(url, "DROP ROLE guarded")
    values(url, "SELECT pg_reload_conf()")


def test_a_wrong_password_is_told_in_one_line(migrated_blog: Project, wrong_password: str) -> None:
    line = refusal(migrated_blog, "upgrade", DATABASE_URL=wrong_password)

    assert "password authentication failed" in line
    assert ". Correct DATABASE_URL" in line
    assert "hunter2" not in line
