"""Histories that are not one line: refused, merged, put one after the other, or lived with."""

import subprocess
from pathlib import Path

import pytest

from workflow.histories import write_revision_after
from workflow.revisions import PUBLISHED, VOTES
from workflow.workbench import Workbench


def write_view(project: Workbench, name: str, after: str | None = VOTES, **options: str) -> Path:
    """Write a revision that creates a view."""
    create = f'op.execute("CREATE VIEW t_{name} AS SELECT 1")'
    return write_revision_after(
        project, name, after, create, f'op.execute("DROP VIEW t_{name}")', **options
    )


def write_two_heads(project: Workbench) -> list[Path]:
    return [write_view(project, name) for name in ("aaaa", "bbbb")]


def files(project: Workbench) -> set[Path]:
    return set(project.versions.glob("*.py"))


def refused(project: Workbench, *arguments: str) -> str:
    """Run a command that fails, and return the one line that it says."""
    [line] = project.fail(*arguments).splitlines()
    return line


def head(project: Workbench) -> str:
    return project.succeed("heads").split()[0]


@pytest.mark.parametrize(
    "command",
    [
        ("revision", "--autogenerate", "--message=next"),
        ("revision", "--message=next"),
        ("upgrade", "head"),
    ],
    ids=" ".join,
)
def test_two_heads_are_named_before_anything_is_done(
    project: Workbench, command: tuple[str, ...]
) -> None:
    write_two_heads(project)
    before = files(project)

    line = refused(project, *command)

    assert "heads: " in line
    assert "make rebase" in line
    assert "make merge" in line
    assert files(project) == before


def test_heads_can_be_merged(project: Workbench) -> None:
    write_two_heads(project)
    before = files(project)

    project.succeed("merge", "heads", "--message=2026-01-07")

    [path] = files(project) - before
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""2026-01-07\n')
    assert "Revises: aaaa, bbbb" in text or "Revises: bbbb, aaaa" in text
    project.succeed("upgrade", "head")
    assert "(current)" in project.succeed("history", "--indicate-current").splitlines()[0]
    project.succeed("check")
    project.succeed("drift")
    project.succeed("revision", "--autogenerate", "--message=nothing")


@pytest.mark.parametrize("message", ["2026-01-07", "-x $HOME `id` 'a' \"b\"; %s", "--sql"])
def test_a_message_is_taken_as_it_is(project: Workbench, message: str) -> None:
    before = files(project)

    project.succeed("revision", f"--message={message}")

    [path] = files(project) - before
    assert path.read_text(encoding="utf-8").startswith(f'"""{message}\n')


def git(project: Workbench, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(
        ["git", *identity, *arguments], cwd=project.path, check=True, capture_output=True
    )


def commit(project: Workbench) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--no-verify", "--message=all that there is")


@pytest.fixture
def repository(project: Workbench) -> Workbench:
    """The service as a git repository, which restoring it removes."""
    git(project, "init", "--quiet", "--initial-branch=main")
    commit(project)
    return project


def test_rebase_puts_what_git_does_not_know_after_the_other(repository: Workbench) -> None:
    theirs = write_view(repository, "aaaa", date="2026-02-02")
    theirs.rename(theirs.with_name("2026_02_02_0900-aaaa_über.py"))
    commit(repository)
    mine = write_view(repository, "bbbb")
    write_view(repository, "cccc", "bbbb")
    before = mine.read_text(encoding="utf-8")

    assert "comes after aaaa" in repository.succeed("rebase")

    assert mine.read_text(encoding="utf-8") == before.replace(
        f"Revises: {VOTES}", "Revises: aaaa"
    ).replace(f"= {VOTES!r}  #", '= "aaaa"  #')
    assert head(repository) == "cccc"
    repository.succeed("upgrade", "head")
    repository.succeed("drift")
    assert "rebase needs two heads" in refused(repository, "rebase")


def test_rebase_can_be_told_which_head_is_mine(repository: Workbench) -> None:
    paths = write_two_heads(repository)
    before = [path.read_text(encoding="utf-8") for path in paths]

    assert "make rebase mine=" in refused(repository, "rebase")
    assert "is no head" in refused(repository, "rebase", VOTES)
    assert "is no head" in refused(repository, "rebase", "base")
    assert "'nothing'" in refused(repository, "rebase", "nothing")
    repository.succeed("upgrade", "aaaa")
    says = refused(repository, "rebase", "aaaa")
    assert f"Undo it first: make downgrade to={VOTES}" in says
    assert [path.read_text(encoding="utf-8") for path in paths] == before

    repository.succeed("rebase", "bb")

    assert head(repository) == "bbbb"


def test_branches_with_labels_bases_and_dependencies_break_no_command(project: Workbench) -> None:
    write_view(project, "aaaa", None, labels="billing", depends_on=PUBLISHED)
    write_view(project, "bbbb", "aaaa", depends_on=VOTES)
    write_view(project, "cccc")

    project.succeed("upgrade", "heads")
    listed = "".join(project.succeed(command) for command in ("current", "heads", "history"))
    assert listed.count("bbbb (billing)") >= 1
    assert listed.count("(head)") >= 4
    project.succeed("drift")
    project.succeed("lint")
    assert "t_bbbb" in project.succeed("upgrade", "heads", "--sql")
    assert "History has 2 heads" in refused(project, "check")
    for command in (
        ("downgrade", "billing@base"),
        ("upgrade", "billing@head"),
        ("revision", "--message=next", "--head=billing@head"),
        ("merge", "heads", "--message=both"),
        ("upgrade", "head"),
        ("drift",),
        ("downgrade", "base"),
    ):
        project.succeed(*command)
