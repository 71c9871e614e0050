"""The course is followed, word by word, from an empty project to the blog."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic_workflow.catalog.items import compare, listed, read_catalog, tables_of
from baking import ROOT, Project
from databases import database_url, rows
from documents.blocks import Command, DocumentError, Edit, steps_of
from documents.course import LESSONS, Course, making
from documents.execution import Execution, Report
from documents.links import dead_links
from documents.projects import FINISHED, start
from running import clean_environment, stop_postgres
from sqlalchemy import create_engine

INDEX = ROOT / "docs" / "course" / "README.md"
IN_THE_MIDDLE = 13
OPENAPI = "import json; from app.main import app; print(json.dumps(app.openapi(), sort_keys=True))"


@dataclass(frozen=True)
class Followed:
    """The project at the end of the course, and what was found on the way."""

    course: Course
    project: Project
    report: Report


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """The course, followed from its beginning to its end."""
    folder = tmp_path_factory.mktemp("course")
    project = Project(start(folder / "projects"))
    # Nothing in it has to survive a crash, so nothing waits for the disk.
    rows(database_url(project), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    try:
        course = Course(folder / "checkpoints", {IN_THE_MIDDLE})
        report = course.follow(Execution(project.path), 1, len(LESSONS))
        yield Followed(course, project, report)
    finally:
        stop_postgres(project)


@pytest.mark.installs
def test_every_command_prints_what_the_lessons_show(followed: Followed) -> None:
    assert "\n\n".join(followed.report.differences) == ""
    assert followed.report.commands > 200


@pytest.mark.installs
def test_the_course_ends_with_the_schema_of_the_blog(followed: Followed) -> None:
    url = database_url(followed.project)
    other = url.set(database="of_the_starter")
    rows(url, "CREATE DATABASE of_the_starter")
    in_finished(followed, "-m", "alembic_workflow", "upgrade", "head")

    catalogs = []
    for address, name in ((other, "finished"), (url, "blog")):
        engine = create_engine(address.set(drivername="postgresql+psycopg2"))
        with engine.connect() as connection:
            catalogs.append(read_catalog(connection, without={f"alembic_version_{name}"}))
        engine.dispose()

    tables = {name for _, name in tables_of(catalogs[0])}
    assert tables == {"login_attempts", "posts", "users", "votes"}
    assert listed(compare(*catalogs)) == ""


@pytest.mark.installs
def test_the_course_ends_with_the_api_of_the_blog(followed: Followed) -> None:
    api = followed.project.run(".venv/bin/python", "-c", OPENAPI).stdout

    assert "/posts/{post_id}/vote" in api
    assert api == in_finished(followed, "-c", OPENAPI)


def in_finished(followed: Followed, *arguments: str) -> str:
    """Run Python in the baked blog, with the packages of the project and a database beside its."""
    project = followed.project.path
    url = database_url(followed.project).set(database="of_the_starter")
    result = subprocess.run(
        [str(project / ".venv" / "bin" / "python"), *arguments],
        cwd=project.parent / FINISHED,
        env=clean_environment(DATABASE_URL=str(url), SECRET_KEY="0" * 32),
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.installs
def test_a_lesson_can_be_started_from_its_checkpoint(followed: Followed, tmp_path: Path) -> None:
    execution = followed.course.execution_at(IN_THE_MIDDLE, tmp_path / "projects")
    try:
        execution.run(LESSONS[IN_THE_MIDDLE - 1])

        assert execution.report.differences == []
        assert execution.report.commands > 5
    finally:
        stop_postgres(Project(execution.project))


def test_what_an_interrupted_make_lesson_left_is_made_anew_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "lesson-04"
    with suppress(KeyboardInterrupt), making(folder):
        (folder / "finished").mkdir(parents=True)
        raise KeyboardInterrupt

    with making(folder):
        assert not folder.exists()
        (folder / "blog").mkdir(parents=True)
    with (
        pytest.raises(DocumentError, match="is there already: go on in it, or delete"),
        making(folder),
    ):
        pass
    assert (folder / "blog").exists()


def number(lesson: Path) -> int:
    """Return the number in the lesson's file name."""
    return int(lesson.name[:2])


def test_the_lessons_are_numbered_and_the_index_lists_them_all() -> None:
    linked = re.findall(r"^\| \[\d+\. [^\]]+\]\(([^)]+)\)", INDEX.read_text(), re.MULTILINE)

    assert [number(lesson) for lesson in LESSONS] == list(range(1, len(LESSONS) + 1))
    assert linked == [lesson.name for lesson in LESSONS]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_says_its_aim_and_ends_with_an_exercise_that_a_command_checks(
    lesson: Path,
) -> None:
    text = lesson.read_text(encoding="utf-8")
    exercise = text.index("## Exercise")
    steps = steps_of(lesson)
    line = text[:exercise].count("\n")

    assert text.startswith(f"# {number(lesson)}. ")
    assert "After this lesson you can" in text[:400]
    for part in ("## Predict", "## What happened"):
        assert text.index(part) < exercise
    assert "<summary>Solution</summary>" in text[exercise:]
    assert any(isinstance(step, Command) and step.line > line for step in steps)
    assert all(isinstance(step, Edit) or step.shown is not None for step in steps)


@pytest.mark.parametrize("page", [INDEX, *LESSONS], ids=lambda page: page.stem)
def test_every_link_leads_to_a_file_that_has_what_it_names(page: Path) -> None:
    assert list(dead_links(page)) == []


def test_a_link_to_code_that_has_moved_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def here() -> None: ...\nTHERE: int = 1\n")
    page = tmp_path / "page.md"
    page.write_text("[`here`](a.py) [`THERE`](a.py) [text](a.py#x) [`gone`](a.py) [b](b.py)")

    assert list(dead_links(page)) == [
        "page.md: a.py does not define gone",
        "page.md: b.py is not there",
    ]
