"""The tests of revisions that projects inherit: what they refuse, and what they accept."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from baking import TEMPLATE
from running import clean_environment, write_module

from workflow.histories import write_revision_after
from workflow.innocent_revisions import INNOCENT, PRODUCTS
from workflow.revisions import VOTES
from workflow.workbench import Workbench

WALK = "undone_and_applied_again"
# As long as the name of a service may be: PostgreSQL cuts those of databases short.
LONG_NAME = "long" * 10
# As in a generated project's pyproject.toml.
PYTEST = """
[pytest]
testpaths = tests
pythonpath = .
addopts = --strict-config --strict-markers
filterwarnings = error
"""
MODEL = """
class Thing(Base):
    __tablename__ = "things"

    id: Mapped[IdentityKey]
"""


@pytest.fixture(scope="module")
def bench(bench: Workbench) -> Iterator[Workbench]:
    """The service, with the tests of its history that ship with projects."""
    folder = bench.path / "tests"
    folder.mkdir()
    for name in ("__init__.py", "databases.py", "test_migrations.py"):
        shutil.copy(TEMPLATE / "tests" / name, folder)
    shutil.copy(Path(__file__).with_name("service_conftest.py"), folder / "conftest.py")
    (bench.path / "pytest.ini").write_text(PYTEST, encoding="utf-8")
    bench.keep()
    bench.sql(f"CREATE DATABASE {LONG_NAME}")
    yield bench
    bench.sql(f"DROP DATABASE {LONG_NAME}")


def run_tests(project: Workbench, choice: str = "") -> str:
    """Run the service's tests of its revisions, or those of the choice; return what they say."""
    url = project.url.set(database=LONG_NAME).render_as_string(hide_password=False)
    before = project.databases()
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/test_migrations.py", "-k", choice],
        cwd=project.path,
        # Without the plugins of this repository.
        env=clean_environment(DATABASE_URL=url, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        encoding="utf-8",
    )
    assert project.databases() == before
    return result.stdout


def missing(output: str, *expected: str) -> list[str]:
    return [each for each in expected if each not in output]


def test_a_required_column_two_heads_and_sql_that_reads_rows_are_refused(
    project: Workbench,
) -> None:
    write_revision_after(
        project,
        "required",
        VOTES,
        'op.add_column("posts", sa.Column("slug", sa.Text(), nullable=False))',
        'op.drop_column("posts", "slug")',
    )
    write_revision_after(
        project, "reading", VOTES, 'op.get_bind().execute(sa.text("SELECT 1")).scalar_one()'
    )

    output = run_tests(project, "not same_schema and not autogenerate")

    assert not missing(
        output,
        "heads re",
        "reading.py: upgrade() cannot be printed as SQL",
        "required.py: upgrade() fails with rows in the tables",
        'column "slug"',
        "Add the column as nullable",
        "3 failed, 1 passed",
    ), output


def test_a_model_without_a_revision_and_an_empty_downgrade_are_refused(project: Workbench) -> None:
    project.model(MODEL)
    write_revision_after(
        project, "oneway", VOTES, 'op.create_index("ix_posts_title", "posts", ["title"])'
    )

    output = run_tests(project)

    assert not missing(
        output,
        "oneway.py: downgrade() is empty",
        "oneway.py: downgrade() does not restore",
        "table things",
        "3 failed, 3 passed",
    ), output


def test_a_downgrade_that_forgets_or_changes_something_is_refused(project: Workbench) -> None:
    write_revision_after(
        project,
        "forgetful",
        VOTES,
        'op.create_table("moods", sa.Column("mood", sa.Enum("good", "bad", name="mood")))\n'
        'op.create_index("ix_posts_title", "posts", ["title"])\n'
        'op.alter_column("posts", "published", server_default=sa.false())\n'
        'op.alter_column("posts", "title", type_=sa.String(300))\n'
        'op.execute("CREATE SCHEMA archive; CREATE SCHEMA IF NOT EXISTS shared")',
        'op.drop_table("moods")\n'
        'op.alter_column("posts", "published", server_default=None)\n'
        'op.alter_column("posts", "title", type_=sa.Text())',
    )

    output = run_tests(project, WALK)

    assert not missing(
        output,
        "forgetful.py: downgrade() does not restore",
        "enum mood",
        "index posts.ix_posts_title",
        "column posts.published",
        "DEFAULT true",
        "column posts.title",
        "character varying(200)",
        "schema archive",
    ), output
    assert "shared" not in output


@pytest.mark.parametrize(
    ("upgrade", "downgrade", "expected"),
    [
        (
            'op.add_column("posts", sa.Column("slug", sa.Text(), server_default=""))\n'
            'op.create_unique_constraint(op.f("uq_posts_slug"), "posts", ["slug"])',
            'op.drop_column("posts", "slug")',
            ["upgrade() fails", "uq_posts_slug", "is duplicated"],
        ),
        (
            'op.execute("UPDATE posts SET title = repeat(title, 9)")\n'
            'op.alter_column("posts", "title", type_=sa.Text())',
            'op.alter_column("posts", "title", type_=sa.String(20))',
            ["downgrade() fails", "value too long"],
        ),
        (PRODUCTS, 'op.drop_table("products")', ["examples = {'products': {'code': ...}}"]),
    ],
    ids=["duplicates", "too long to go back", "no value is known"],
)
def test_what_rows_do_not_allow_is_refused(
    project: Workbench, upgrade: str, downgrade: str, expected: list[str]
) -> None:
    write_revision_after(project, "lost", downgrade='raise NotImplementedError("gone")')
    write_revision_after(project, "hostile", "lost", upgrade, downgrade)

    output = run_tests(project, WALK)

    assert not missing(output, "hostile.py: ", *expected), output


def test_innocent_revisions_pass(project: Workbench) -> None:
    last = VOTES
    for name, upgrade, downgrade in INNOCENT:
        write_revision_after(project, name, last, upgrade, downgrade)
        last = name
    write_revision_after(
        project,
        "second_base",
        None,
        'op.create_table("apart", sa.Column("post_id", sa.BigInteger(), '
        'sa.ForeignKey("posts.id"), nullable=False))',
        'op.drop_table("apart")',
        depends_on=VOTES,
    )
    write_revision_after(project, "merged", (last, "second_base"))
    write_revision_after(
        project,
        "excused",
        "merged",
        "op.execute(\"UPDATE posts SET title = 'same'\")",
        extra='lint_ignore = {"empty-downgrade": "titles are gone"}',
    )
    tests = project.path / "tests/test_migrations.py"
    none = "examples: ClassVar[dict[str, dict[str, object]]] = {}"
    text = tests.read_text(encoding="utf-8")
    assert none in text
    one = none.replace("{}", '{"products": {"code": "ABC-1"}}')
    write_module(tests, text.replace(none, one))

    output = run_tests(project, "not same_schema and not autogenerate")

    assert "4 passed" in output, output


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [("revision", 'table "nowhere" does not exist'), ("model", "No module named 'nothing_there'")],
)
def test_a_history_that_cannot_be_applied_ends_the_tests_with_a_sentence(
    project: Workbench, wrong: str, expected: str
) -> None:
    if wrong == "revision":
        write_revision_after(project, "refused", VOTES, 'op.execute("DROP TABLE nowhere")')
    else:
        project.model("import nothing_there")

    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/test_migrations.py"],
        cwd=project.path,
        env=clean_environment(**project.environment, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        encoding="utf-8",
    )

    output = result.stdout + result.stderr
    assert result.returncode == 1
    assert expected in output
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
    assert len(output.splitlines()) < 5
