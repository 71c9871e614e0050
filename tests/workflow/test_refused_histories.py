"""Messages when the history, or a place in it that is asked for, makes no sense: one line."""

import pytest

from workflow.refusals import MINE, OTHER, refusal, state, write_table, write_two_heads
from workflow.revisions import PUBLISHED, VOTES
from workflow.workbench import Workbench

LOOK = "make history shows the revisions and where the database is."


@pytest.mark.parametrize(
    "command",
    [
        ("upgrade", "head"),
        ("alembic", "upgrade", "head"),
        ("alembic", "downgrade", "-1"),
        ("drift",),
    ],
    ids=" ".join,
)
def test_a_database_at_the_revision_of_another_branch(
    project: Workbench, command: tuple[str, ...]
) -> None:
    project.sql("UPDATE alembic_version_my_api SET version_num = 'facefacefade'")
    before = state(project)

    line = refusal(project, *command)

    assert line.startswith("The database is at revision facefacefade")
    assert "Check that out" in line
    assert state(project) == before


def test_a_revision_of_another_branch_can_be_overwritten_on_purpose(project: Workbench) -> None:
    project.sql("UPDATE alembic_version_my_api SET version_num = 'facefacefade'")

    project.succeed("alembic", "stamp", "--purge", "head")

    assert state(project)[0] == [(VOTES,)]


HISTORIES: dict[str, tuple[dict[str, str], str]] = {
    "two files with one id": (
        {VOTES: PUBLISHED},
        f"Revision {VOTES} is present more than once. "
        "Two files have one id: give one of them another.",
    ),
    "a parent that does not exist": (
        {MINE: "0123456789ab"},
        f"Revision 0123456789ab referenced from 0123456789ab -> {MINE} (head), Written by a "
        "test. is not present. Correct down_revision in the second, or bring the file of the first "
        "back.",
    ),
    "a cycle": (
        {MINE: OTHER, OTHER: MINE},
        f"Cycle is detected in revisions ({MINE}, {OTHER}). "
        "Correct down_revision in one of the files.",
    ),
    "itself as its parent": (
        {MINE: MINE},
        f"Self-loop is detected in revisions ({MINE}). Correct down_revision in one of the files.",
    ),
}


@pytest.mark.parametrize(("parents", "says"), HISTORIES.values(), ids=HISTORIES.keys())
@pytest.mark.parametrize(
    "command",
    [("alembic", "upgrade", "head"), ("alembic", "check"), ("revision", "-m", "more")],
    ids=" ".join,
)
def test_a_history_that_does_not_hang_together(
    project: Workbench, command: tuple[str, ...], parents: dict[str, str], says: str
) -> None:
    for name, parent in parents.items():
        write_table(project, name=name, after=parent)
    before = state(project)

    assert refusal(project, *command) == says

    assert state(project) == before


@pytest.mark.parametrize(
    "command",
    [
        ("upgrade", "head"),
        ("alembic", "upgrade", "head"),
        ("stamp", "head"),
        ("revision", "-m", "more"),
    ],
    ids=" ".join,
)
def test_two_heads(project: Workbench, command: tuple[str, ...]) -> None:
    write_two_heads(project)
    before = state(project)

    line = refusal(project, *command)

    assert "make rebase" in line
    assert "make merge" in line
    assert state(project) == before


def test_one_step_towards_two_heads(project: Workbench) -> None:
    write_two_heads(project)
    before = state(project)

    assert refusal(project, "alembic", "upgrade", "+1") == f"Ambiguous walk. {LOOK}"

    assert state(project) == before


def test_two_heads_are_the_first_finding_of_a_check(project: Workbench) -> None:
    write_two_heads(project)

    first = project.fail("check").splitlines()[0]

    assert "make rebase" in first
    assert "make merge" in first


@pytest.mark.parametrize(
    "command", [("downgrade", "-1"), ("alembic", "downgrade", "-1")], ids=" ".join
)
def test_one_back_from_two_heads(project: Workbench, command: tuple[str, ...]) -> None:
    write_two_heads(project)
    project.succeed("alembic", "upgrade", "heads")
    before = state(project)

    assert refusal(project, *command).endswith(
        "Name the revision to go to, or first have one head. Put your revision after the other "
        '(make rebase), or join them (make merge m="...").'
    )
    assert state(project) == before


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("upgrade", "+9"), f"Relative revision +9 didn't produce 9 migrations. {LOOK}"),
        (
            ("alembic", "downgrade", "-9"),
            f"Relative revision -9 didn't produce 9 migrations. {LOOK}",
        ),
        (("upgrade", "aaaa"), "Several revisions begin with 'aaaa'; write more of it."),
        (
            ("alembic", "downgrade", "aaaa"),
            "Several revisions begin with 'aaaa'; write more of it.",
        ),
        (("stamp", "aaaa"), "Several revisions begin with 'aaaa'; write more of it."),
        (
            ("alembic", "upgrade", "nope"),
            "No revision is called 'nope' or begins so; make history",
        ),
    ],
)
def test_a_target_that_is_none(project: Workbench, command: tuple[str, ...], says: str) -> None:
    if "aaaa" in command:
        write_two_heads(project)
    before = state(project)

    assert refusal(project, *command).startswith(says)
    assert state(project) == before


def test_nothing_to_undo_at_base(project: Workbench) -> None:
    project.succeed("alembic", "downgrade", "base")

    line = refusal(project, "downgrade", "--", "-1")

    assert line == f"Relative revision -1 didn't produce 1 migrations. {LOOK}"
