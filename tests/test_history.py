"""Targets of upgrades and downgrades, and histories that are not one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from baking import Project, bake
from running import make, python, stop_postgres, succeed, write_module

pytestmark = pytest.mark.installs
FIRST, POSTS, OWNED, PUBLISHED, HEAD = (
    *("5a1c0e7d4b21", "8d3f2b6a9c04", "d06b5e83a1f7"),
    *("c6071ad85e39", "e95d30f8b7a6"),
)
REVISION = '''"""Written by a test: down_revision = "x"

Revision ID: {name}
Revises: {after}
Create Date: {date} 09:00:00+00:00
"""

from alembic import op

revision: str = "{name}"
down_revision: str | None = {after!r}  # the one before
branch_labels = {labels!r}
depends_on = {depends_on!r}


def upgrade() -> None:
    op.execute("CREATE VIEW t_{name} AS SELECT 1")


def downgrade() -> None:
    op.execute("DROP VIEW t_{name}")
'''


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("history"), starter="blog")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.fixture
def project(installed: Project) -> Iterator[Project]:
    """The project; afterwards its own revisions alone are there, and all applied."""
    yield installed
    python(installed.path, "-m", "alembic_workflow", "downgrade", "base")
    installed.run("git", "clean", "-dfq", "migrations")
    workflow(installed, "upgrade", "head")


def workflow(project: Project, *arguments: str) -> str:
    """Run what the targets of make run, require that it succeeds, and return what it printed."""
    result = python(project.path, "-m", "alembic_workflow", *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def one_after_the_other(project: Project, *commands: str) -> str:
    """Run several commands in one process, which is faster; a | separates the arguments."""
    code = "from alembic_workflow.commands.main import main; import sys\n"
    result = python(
        project.path, "-c", f"{code}for each in sys.argv[1:]: main(each.split('|'))", *commands
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def refused(project: Project, *arguments: str) -> str:
    """Run what the targets of make run, require status 1, and return the one line it says."""
    result = python(project.path, "-m", "alembic_workflow", *arguments)
    assert result.returncode == 1, result.stdout + result.stderr
    [line] = (result.stdout + result.stderr).splitlines()
    return line


def current(project: Project) -> str:
    return workflow(project, "current").strip().removesuffix(" (head)")


def files(project: Project) -> set[str]:
    return {path.name for path in (project.path / "migrations/versions").glob("*.py")}


def write_revision(
    project: Project,
    name: str,
    after: str | None,
    date: str = "2026-02-01",
    labels: str | None = None,
    depends_on: str | None = None,
) -> Path:
    file = f"{date.replace('-', '_')}_0900-{name}_written.py"
    path = project.path / "migrations/versions" / file
    values = {"name": name, "after": after, "date": date}
    write_module(path, REVISION.format(**values, labels=labels, depends_on=depends_on))
    return path


def resolved(project: Project, *targets: str) -> list[str]:
    """Return what the targets stand for, or why they stand for nothing."""
    code = """if True:
        import sys
        from alembic.config import Config
        from alembic.script import ScriptDirectory
        from alembic.util import CommandError
        from alembic_workflow.commands.targets import resolved
        script = ScriptDirectory.from_config(Config("alembic.ini"))
        for target in sys.argv[1:]:
            try:
                print(resolved(script, target))
            except CommandError as error:
                print(error)
    """
    result = python(project.path, "-c", code, *targets)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_a_date_is_the_state_at_its_end(project: Project) -> None:
    assert resolved(project, "2026-01-07", "2026-01-10", "2999-12-31", "2026-01-05") == [
        *(OWNED, HEAD, HEAD, FIRST)
    ]
    assert resolved(project, "2026-01-06:2026-01-08", "head", "-1", "a@head") == [
        *(f"{POSTS}:{PUBLISHED}", "head", "-1", "a@head")
    ]
    assert resolved(project, "2020-01-01", "2026-02-30") == [
        "2020-01-01 is before the history: the first revision is of 2026-01-05. "
        "For an empty schema: to=base",
        "2026-02-30 is no date; write it as 2026-11-21.",
    ]


def test_a_date_keeps_out_what_builds_on_a_later_revision(project: Project) -> None:
    write_revision(project, "aaaa", HEAD, "2026-03-08")
    write_revision(project, "bbbb", "aaaa", "2026-03-06")  # as after a rebase
    write_revision(project, "cccc", "bbbb", "2026-03-09")

    assert resolved(project, "2026-03-07", "2026-03-08", "2026-03-09") == [HEAD, "bbbb", "cccc"]


def test_a_date_on_which_there_were_several_heads_is_refused(project: Project) -> None:
    write_revision(project, "aaaa", HEAD)
    write_revision(project, "bbbb", HEAD)

    [says] = resolved(project, "2026-02-01")

    assert says.startswith("History had several heads on 2026-02-01: ")


def test_each_kind_of_target_takes_the_database_there(project: Project) -> None:
    succeed(project.path, "downgrade", "to=2026-01-07")
    assert current(project) == OWNED
    steps = {
        "upgrade|2026-01-08": PUBLISHED,
        "downgrade|-2": "4f7a19c2d8e3",
        "upgrade|+1": OWNED,
        "upgrade|c60": PUBLISHED,
        "stamp|2026-01-09": f"{HEAD} (head)",
        "stamp|2026-01-08": PUBLISHED,
        "upgrade|2999-01-01": f"{HEAD} (head)",
        "downgrade|2999-01-01": f"{HEAD} (head)",
    }

    output = one_after_the_other(project, *(part for each in steps for part in (each, "current")))

    assert output.splitlines() == list(steps.values())


def test_a_target_that_is_none_is_refused_in_one_line(project: Project) -> None:
    write_revision(project, "c60f", HEAD)

    assert "Several revisions begin with 'c60'" in refused(project, "upgrade", "c60")
    assert "There are not that many revisions" in refused(project, "upgrade", "+9")
    assert "There are not that many revisions" in refused(project, "downgrade", "-99")
    assert "is before the history" in refused(project, "downgrade", "2026-01-01")
    workflow(project, "downgrade", "base")
    assert "make history shows" in refused(project, "downgrade", "2026-01-07")


def test_the_sql_of_some_days_can_be_printed(project: Project) -> None:
    output = succeed(project.path, "sql", "from=2026-01-06", "to=2026-01-08")

    assert "ADD COLUMN published" in output
    assert "CREATE TABLE posts" not in output
    assert "CREATE TABLE votes" not in output


def test_a_message_is_taken_as_it_is(project: Project) -> None:
    for message in ("2026-01-07", "-x $HOME `id` 'a' \"b\"; %s", "--sql"):
        before = files(project)
        succeed(project.path, "revision", "empty=1", f"m={message}")
        [path] = files(project) - before
        text = (project.path / "migrations/versions" / path).read_text()
        assert text.startswith(f'"""{message}\n')


def test_the_history_shows_where_the_database_is(project: Project) -> None:
    workflow(project, "downgrade", PUBLISHED)

    lines = succeed(project.path, "history").splitlines()

    assert lines[0] == f"{PUBLISHED} -> {HEAD} (head), Create votes."
    assert lines[1] == f"{OWNED} -> {PUBLISHED} (current), Add published to posts."
    assert len(lines) == 7


def test_two_heads_are_named_before_anything_is_done(project: Project) -> None:
    write_revision(project, "aaaa", HEAD)
    write_revision(project, "bbbb", HEAD)
    before = files(project)

    for command in (["revision", "m=next"], ["revision", "m=next", "empty=1"], ["upgrade"]):
        result = make(project.path, *command)
        [line, _] = (result.stdout + result.stderr).splitlines()
        assert "heads: " in line
        assert "make rebase" in line
        assert "make merge" in line
    assert files(project) == before


def test_heads_can_be_merged(project: Project) -> None:
    write_revision(project, "aaaa", HEAD)
    write_revision(project, "bbbb", HEAD)
    before = files(project)

    succeed(project.path, "merge", "m=2026-01-07")

    [path] = files(project) - before
    text = (project.path / "migrations/versions" / path).read_text()
    assert text.startswith('"""2026-01-07\n')
    assert "Revises: aaaa, bbbb" in text or "Revises: bbbb, aaaa" in text
    workflow(project, "upgrade", "head")
    assert "(current)" in workflow(project, "history", "--indicate-current").splitlines()[0]
    workflow(project, "check")
    workflow(project, "drift")
    workflow(project, "revision", "--autogenerate", "--message=nothing")


def test_rebase_puts_what_git_does_not_know_after_the_other(project: Project) -> None:
    theirs = write_revision(project, "aaaa", HEAD, "2026-02-02")
    theirs = theirs.rename(theirs.with_name("2026_02_02_0900-aaaa_über.py"))
    mine = write_revision(project, "bbbb", HEAD)
    write_revision(project, "cccc", "bbbb")
    before = mine.read_text()
    as_someone = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    project.run("git", "add", str(theirs))
    project.run("git", *as_someone, "commit", "--quiet", "--no-verify", "--message=theirs")
    try:
        assert "comes after aaaa" in succeed(project.path, "rebase")

        assert mine.read_text() == before.replace(f"Revises: {HEAD}", "Revises: aaaa").replace(
            f"= {HEAD!r}  #", '= "aaaa"  #'
        )
        assert workflow(project, "heads").split()[0] == "cccc"
        workflow(project, "upgrade", "head")
        workflow(project, "drift")
        assert "rebase needs two heads" in refused(project, "rebase")
    finally:
        python(project.path, "-m", "alembic_workflow", "downgrade", HEAD)
        project.run("git", "reset", "--quiet", "--hard", "HEAD~1")


def test_rebase_can_be_told_which_head_is_mine(project: Project) -> None:
    paths = [write_revision(project, name, HEAD) for name in ("aaaa", "bbbb")]
    before = [path.read_text() for path in paths]

    assert "make rebase mine=" in refused(project, "rebase")
    assert "is no head" in refused(project, "rebase", HEAD)
    assert "is no head" in refused(project, "rebase", "base")
    assert "'nothing'" in refused(project, "rebase", "nothing")
    workflow(project, "upgrade", "aaaa")
    says = refused(project, "rebase", "aaaa")
    assert f"Undo it first: make downgrade to={HEAD}" in says
    assert [path.read_text() for path in paths] == before

    succeed(project.path, "rebase", "mine=bb")

    assert workflow(project, "heads").split()[0] == "bbbb"


def test_branches_with_labels_bases_and_dependencies_break_no_command(project: Project) -> None:
    write_revision(project, "aaaa", None, labels="billing", depends_on=PUBLISHED)
    write_revision(project, "bbbb", "aaaa", depends_on=HEAD)
    write_revision(project, "cccc", HEAD)

    output = one_after_the_other(
        project, "upgrade|heads", "current", "heads", "history", "drift", "lint"
    )
    assert output.count("bbbb (billing)") >= 1
    assert output.count("(head)") >= 4
    assert "t_bbbb" in workflow(project, "upgrade", "heads", "--sql")
    assert "History has 2 heads" in refused(project, "check")
    one_after_the_other(
        project,
        *("downgrade|billing@base", "upgrade|billing@head"),
        *("revision|--message=next|--head=billing@head", "merge|heads|--message=both"),
        *("upgrade|head", "drift", "downgrade|base"),
    )
