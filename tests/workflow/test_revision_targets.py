"""Targets of upgrades and downgrades: revisions, steps and dates."""

import pytest
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from alembic_workflow.upgrade.targets import resolved

from workflow.histories import write_revision_after
from workflow.revisions import ATTEMPTS, FILLED, HISTORY, POSTS, PUBLISHED, REQUIRED, VOTES
from workflow.workbench import Workbench


def scripts(project: Workbench) -> ScriptDirectory:
    return ScriptDirectory(str(project.path / "migrations"))


def refused(project: Workbench, *arguments: str) -> str:
    """Run a command that fails, and return the one line that it says."""
    [line] = project.fail(*arguments).splitlines()
    return line


@pytest.mark.parametrize(
    ("target", "revision"),
    {
        "2026-01-07": REQUIRED,
        "2026-01-10": VOTES,
        "2999-12-31": VOTES,
        "2026-01-05": ATTEMPTS,
        "2026-01-06:2026-01-08": f"{POSTS}:{PUBLISHED}",
        "head": "head",
        "-1": "-1",
        "a@head": "a@head",
    }.items(),
)
def test_a_date_is_the_state_at_its_end(project: Workbench, target: str, revision: str) -> None:
    assert resolved(scripts(project), target) == revision


@pytest.mark.parametrize(
    ("target", "says"),
    {
        "2020-01-01": "2020-01-01 is before the history: the first revision is of 2026-01-05. "
        "For an empty schema: to=base",
        "2026-02-30": "2026-02-30 is no date; write it as 2026-11-21.",
    }.items(),
)
def test_what_is_no_date_of_the_history_is_refused(
    project: Workbench, target: str, says: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        resolved(scripts(project), target)

    assert str(refusal.value) == says


def test_a_date_keeps_out_what_builds_on_a_later_revision(project: Workbench) -> None:
    write_revision_after(project, "aaaa", VOTES, date="2026-03-08")
    write_revision_after(project, "bbbb", "aaaa", date="2026-03-06")  # as after a rebase
    write_revision_after(project, "cccc", "bbbb", date="2026-03-09")

    found = [resolved(scripts(project), f"2026-03-0{day}") for day in (7, 8, 9)]
    assert found == [VOTES, "bbbb", "cccc"]


def test_a_date_on_which_there_were_several_heads_is_refused(project: Workbench) -> None:
    write_revision_after(project, "aaaa")
    write_revision_after(project, "bbbb")

    with pytest.raises(CommandError) as refusal:
        resolved(scripts(project), "2026-02-01")

    assert str(refusal.value).startswith("History had several heads on 2026-02-01: ")


def test_each_kind_of_target_takes_the_database_there(project: Workbench) -> None:
    for command, target, revision in (
        ("downgrade", "2026-01-07", REQUIRED),
        ("upgrade", "2026-01-08", PUBLISHED),
        ("downgrade", "-2", FILLED),
        ("upgrade", "+1", REQUIRED),
        ("upgrade", "c60", PUBLISHED),
        ("stamp", "2026-01-09", f"{VOTES} (head)"),
        ("stamp", "2026-01-08", PUBLISHED),
        ("upgrade", "2999-01-01", f"{VOTES} (head)"),
        ("downgrade", "2999-01-01", f"{VOTES} (head)"),
    ):
        output = project.succeed(command, target)
        assert [line for line in output.splitlines() if not line.startswith("INFO ")] == []
        assert project.succeed("current") == f"{revision}\n", (command, target)


def test_a_target_that_is_none_is_refused_in_one_line(project: Workbench) -> None:
    write_revision_after(project, "c60f")

    assert "Several revisions begin with 'c60'" in refused(project, "upgrade", "c60")
    for command, target in (("upgrade", "+9"), ("downgrade", "-99")):
        line = refused(project, command, target)
        assert f"Relative revision {target} didn't produce" in line
        assert "make history shows the revisions and where the database is." in line
    assert "is before the history" in refused(project, "downgrade", "2026-01-01")
    project.succeed("downgrade", "base")
    assert "make history shows" in refused(project, "downgrade", "2026-01-07")


def test_the_sql_of_some_days_can_be_printed(project: Workbench) -> None:
    output = project.succeed("upgrade", "--sql", "2026-01-06:2026-01-08")

    assert "ADD COLUMN published" in output
    assert "CREATE TABLE posts" not in output
    assert "CREATE TABLE votes" not in output


def test_the_history_shows_where_the_database_is(project: Workbench) -> None:
    project.succeed("downgrade", PUBLISHED)

    lines = project.succeed("history", "--indicate-current").splitlines()

    assert lines[0] == f"{PUBLISHED} -> {VOTES} (head), Create votes."
    assert lines[1] == f"{REQUIRED} -> {PUBLISHED} (current), Add published to posts."
    assert len(lines) == len(HISTORY)
