"""Messages when models, a revision or a target cannot be used: one sentence, and nothing is run."""

import pytest

from workflow.refusals import refusal, state
from workflow.revisions import PUBLISHED, VOTES, write_revision
from workflow.workbench import Workbench

NAMELESS = (
    "a CHECK constraint has no name, and by the naming convention it needs one. Write "
    'CheckConstraint(..., name="..."), or name= in the Enum or Boolean that makes it'
)
IN_THE_FILE = "app/models/things.py: The table things cannot be written as SQL: "


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("sa.Integer, sa.CheckConstraint('size > 0')", f"{NAMELESS}. Nothing was run."),
        (
            "sa.Enum('a', native_enum=False, create_constraint=True)",
            f"{IN_THE_FILE}{NAMELESS}. Correct it.",
        ),
        ("sa.ForeignKey('nothing.id')", f"{IN_THE_FILE}NoReferencedTableError: Foreign key"),
        ("sa.Enum('a')", f"{IN_THE_FILE}CompileError: (in table 'things', column 'size'): "),
        (
            "sa.Integer, server_default=sa.text('f()')",
            "function f() does not exist, in CREATE TABLE",
        ),
    ],
)
def test_models_of_which_no_tables_can_be_made(project: Workbench, column: str, says: str) -> None:
    project.model(
        'class Thing(Base):\n    __tablename__ = "things"\n    id: Mapped[IdentityKey]\n'
        f"    size: Mapped[Any] = mapped_column({column})\n"
    )

    line = refusal(project, "check")

    assert says in line


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("depends_on: str | Sequence[str] | None = None", "depends_on = 'x'", "it depends on 'x'"),
        ("def upgrade()", "def up()", "it has no upgrade(). Write it, if only with pass."),
        ("    pass", "    op.get_bind().rollback()", "it rolls back, and Alembic would not know"),
    ],
)
def test_a_revision_that_alembic_cannot_run(
    project: Workbench, old: str, new: str, says: str
) -> None:
    revision = write_revision(project, "pass")
    [path] = project.versions.glob(f"*{revision}*")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    before = state(project)

    line = refusal(project, "upgrade", "head")

    assert line.startswith(path.name)
    assert says in line
    assert state(project) == before


def test_targets_that_count_from_the_end_of_history(project: Workbench) -> None:
    assert "-- Running upgrade c6071ad85e39 -> e95d30f8b7a6" in project.succeed(
        "upgrade", "--sql", "--", "head-1:head"
    )
    project.succeed("stamp", "head-1")
    assert state(project)[0] == [(PUBLISHED,)]
    project.succeed("stamp", "base+8")
    assert state(project)[0] == [(VOTES,)]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("stamp", "--", "-1"), "-1 counts from where the database is"),
        (("stamp", "head+1"), "head+1 is no revision: history does not go on there."),
        (("upgrade", ""), "No revision is named."),
        (("upgrade", "base:head"), "base:head is a range, which only printing SQL takes."),
    ],
)
def test_targets_that_name_no_revision(
    project: Workbench, command: tuple[str, ...], says: str
) -> None:
    before = state(project)

    assert refusal(project, *command).startswith(says)

    assert state(project) == before


def test_a_database_that_is_read_only(project: Workbench) -> None:
    write_revision(project, 'op.execute("CREATE TABLE made (id int)")')
    options = {"options": "-c default_transaction_read_only=on"}
    url = project.url.update_query_dict(options).render_as_string(hide_password=False)

    line = refusal(project, "upgrade", "head", DATABASE_URL=url)

    assert line.endswith("one that may be written to.")
