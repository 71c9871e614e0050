"""Which revisions `lint` looks at, in which direction, and how it says what it has found."""

import json
import re
import subprocess

import pytest

from workflow.linting import Linter, Revision
from workflow.linting.revision import HEADER
from workflow.linting.service import BASE
from workflow.workbench import Workbench

INDEX = Revision(
    'op.create_index("ix_posts_title", "posts", ["title"])', 'op.drop_index("ix_posts_title")'
)
RENAME = Revision('op.rename_table("users", "people")', 'op.rename_table("people", "users")')
TAGS = Revision('op.create_table("tags", sa.Column("id", sa.Integer()))', 'op.drop_table("tags")')
TAGS_INDEX = Revision(
    'op.create_index("ix_tags_id", "tags", ["id"])', 'op.drop_index("ix_tags_id")'
)


@pytest.fixture
def linter(project: Workbench) -> Linter:
    """A service whose first revision makes tables."""
    linter = Linter(project)
    linter.prepare()
    return linter


def git(project: Workbench, *arguments: str) -> None:
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments]
    subprocess.run(command, cwd=project.path, check=True, capture_output=True)


def commit(project: Workbench) -> None:
    git(project, "add", ".")
    git(project, "commit", "-m", "work")


def test_the_revisions_that_the_main_branch_does_not_have_are_looked_at(linter: Linter) -> None:
    project = linter.project
    linter.write([INDEX.source()])
    git(project, "init", "-b", "main")
    commit(project)
    assert project.succeed("lint").startswith("0 revisions that the main branch does not have: ")
    git(project, "checkout", "-b", "feature")
    linter.write([INDEX.source(), RENAME.source(), TAGS.source(), TAGS_INDEX.source()])
    commit(project)

    output = project.fail("lint")

    assert "renaming-table: " in output
    assert "ix_posts_title" not in output
    assert "ix_tags_id" not in output  # of a table that is not released
    assert "3 revisions that the main branch does not have: 1 found." in output
    assert "ix_tags_id" in project.fail("lint", "--since", "r3")


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("base", ["require-concurrent-index-creation", "renaming-table"]),
        ("r1", ["renaming-table"]),
        ("2026-03-01", ["require-concurrent-index-creation", "renaming-table"]),
        ("2026-03-02", ["renaming-table"]),
        ("2026-03-03", []),
    ],
)
def test_the_first_can_be_named_by_a_revision_or_a_date(
    linter: Linter, since: str, found: list[str]
) -> None:
    for day, source in enumerate((INDEX.source(), RENAME.source()), 1):
        before = f"r{day - 1}" if day > 1 else "tables"
        text = source.replace('"now"', f'"r{day}"').replace('"before"', f'"{before}"')
        name = f"2026_03_0{day}_0900-r{day}_x.py"
        (linter.project.versions / name).write_text(text, encoding="utf-8")
    base = linter.project.versions / "base.py"
    base.rename(base.with_name("2026_01_01_0900-tables_x.py"))

    _, output = linter.project.run("lint", "--since", since, "--format", "json")

    assert [each["code"] for each in json.loads(output)] == found


def test_downgrades_are_looked_at_on_demand(linter: Linter) -> None:
    sources = [
        Revision(TAGS.upgrade, f'{TAGS.downgrade}\n    op.execute("TRUNCATE tallies")').source()
    ]

    assert linter(sources) == []
    assert [each.code for each in linter(sources, "--downgrades")] == ["truncate"]


def test_a_finding_says_table_lock_and_for_how_long_others_wait(linter: Linter) -> None:
    [finding] = linter([INDEX.source()])

    assert finding.message == (
        "index posts.ix_posts_title is built without CONCURRENTLY. Nobody else can write posts "
        "while every row is read and the index is built (SHARE lock)."
    )
    assert finding.recipe.splitlines() == [
        "# 1 of 1, index: Deploy at any time: others read and write while the index is built.",
        "from alembic_workflow import create_index_concurrently, drop_index_concurrently",
        "def upgrade() -> None:",
        '    create_index_concurrently("ix_posts_title", "posts", ["title"])',
        "def downgrade() -> None:",
        '    drop_index_concurrently("ix_posts_title", table_name="posts")',
    ]


def test_findings_are_printed_for_people_and_for_programs(linter: Linter) -> None:
    linter.write([INDEX.source()])
    line = len(HEADER.splitlines()) + 8
    outputs = {
        form: linter.project.fail("lint", "--since", "tables", "--format", form)
        for form in ("text", "github", "sarif")
    }

    code = "require-concurrent-index-creation"
    assert outputs["text"].startswith(f"migrations/versions/r1.py:{line}: {code}: index posts.")
    assert outputs["text"].endswith("\n\n1 revision since tables: 1 found.\n")
    start = f"::error file=migrations/versions/r1.py,line={line},title={code}::index posts."
    assert outputs["github"].startswith(start)
    assert outputs["github"].count("\n") == 1
    [run] = json.loads(outputs["sarif"])["runs"]
    [result] = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert result["ruleId"] == code
    assert place["artifactLocation"]["uri"] == "migrations/versions/r1.py"
    assert place["region"]["startLine"] == line


def test_another_version_in_production_is_told(linter: Linter) -> None:
    ini = linter.project.path / "alembic.ini"
    text = ini.read_text(encoding="utf-8")
    linter.write([TAGS.source()])
    assert "Production runs" not in linter.project.succeed("lint", "--since", "tables")

    ini.write_text(text.replace("production_postgresql = 18", "production_postgresql = 14"))

    assert (
        "Production runs PostgreSQL 14 (production_postgresql in alembic.ini), and this ran on "
        in (linter.project.succeed("lint", "--since", "tables"))
    )


def test_an_unknown_revision_and_a_shallow_clone_are_explained(linter: Linter) -> None:
    project = linter.project
    assert "No revision is called 'nowhere'" in project.fail("lint", "--since", "nowhere")
    git(project, "init", "-b", "main")
    commit(project)
    git(project, "checkout", "--orphan", "feature")
    linter.write([TAGS.source()])
    commit(project)

    says = project.fail("lint")

    assert "no commit that this branch and main have in common" in says
    assert "fetch-depth: 0" in says


def test_a_recipe_for_several_findings_is_printed_once(linter: Linter) -> None:
    indexes = (
        f'op.create_index("ix_posts_{each}", "posts", ["{each}"])' for each in ("title", "body")
    )
    linter.write([Revision("\n".join(indexes)).source()])

    output = linter.project.fail("lint", "--since", BASE)

    assert output.count("is built without CONCURRENTLY") == 2
    assert output.count("create_index_concurrently(") == 2
    assert re.search(r"# As for line \d+, above\.", output)


def test_what_takes_long_says_how_far_it_is(linter: Linter) -> None:
    linter.write([Revision('op.execute("SELECT pg_sleep(3)")').source(), TAGS.source()])

    output = linter.project.succeed("lint", "--since", BASE, SHOWS_PROGRESS="1")

    assert re.search(r"^INFO  \.\.\. r1\.py, 2 of 3 revisions: [2-9] s$", output, re.M), output
