"""Putting a database that has tables already under Alembic."""

from collections.abc import Iterator

import pytest

from workflow.adopted import ALIKE, ARTICLES, DIFFERENT, EXISTING
from workflow.workbench import Workbench

CATALOG = """
SELECT concat_ws(' ', c.oid::regclass, c.relkind, a.attname, format_type(atttypid, atttypmod),
    a.attnotnull, pg_get_expr(d.adbin, d.adrelid), obj_description(c.oid, 'pg_class'))
  FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = 'public'::regnamespace
UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
"""
MODELS = ("models", "--base", "app.models.base", "--to", "app/models/existing.py")


@pytest.fixture(scope="module")
def bench(bench: Workbench) -> Workbench:
    """A service that has no models, no revisions, and an empty database."""
    bench.empty()
    bench.keep()
    return bench


def query(project: Workbench, statement: str) -> list[object]:
    """Return the first column of what the statement finds."""
    return [value for value, *_ in project.sql(statement)]


def revisions(project: Workbench) -> set[str]:
    return {path.name for path in project.versions.glob("*.py")}


def state(project: Workbench) -> tuple[set[str], set[object]]:
    """Return the names of the revisions, and what is in the database."""
    return revisions(project), set(query(project, CATALOG))


def refused(project: Workbench, *command: str, **environment: str) -> str:
    """Run a command that fails, require that nothing has changed, and return what it says."""
    before = state(project)

    output = project.fail(*command, **environment)

    assert state(project) == before
    assert "Wrote" not in output
    return output.strip()


def test_models_that_were_written_from_the_database_agree_with_it_at_once(
    project: Workbench,
) -> None:
    project.sql(EXISTING)

    project.succeed(*MODELS)
    output = project.succeed("baseline")

    assert "existing_schema.py" in output
    assert "The database is adopted" in output
    assert query(project, "SELECT email FROM users") == ["a@example.com"]
    assert "(head)" in project.succeed("current")
    project.succeed("check")
    project.succeed("drift")
    assert "already" in refused(project, "baseline")
    assert "existing.py exists; move it away first." in refused(project, *MODELS)


def test_models_are_written_for_the_tables_that_are_named(project: Workbench) -> None:
    project.sql(EXISTING)

    assert refused(project, *MODELS, "--tables", "users,nothing") == (
        "The database has no table nothing."
    )
    assert refused(project, *MODELS, "--tables", "votes") == (
        "votes has a foreign key to posts and users, so name that too: "
        "make models tables=votes,posts,users"
    )
    project.succeed(*MODELS, "--tables", "users,billing.invoices")

    models = (project.path / "app/models/existing.py").read_text()
    assert "class Users(Base):" in models
    assert "class Invoices(Base):" in models
    assert "posts" not in models
    assert "from app.models.base import Base" in models
    project.succeed("baseline")
    project.succeed("drift")


def test_without_tables_or_models_there_is_nothing_to_adopt(project: Workbench) -> None:
    assert "no tables to write models for" in refused(project, *MODELS)
    project.sql(ALIKE)
    assert "make models writes first models" in refused(project, "baseline").splitlines()[-1]


def test_a_history_that_is_there_already_is_used(project: Workbench) -> None:
    project.model(ARTICLES)
    project.revise("create articles")
    before = revisions(project)
    project.sql(ALIKE)

    project.succeed("baseline")

    assert revisions(project) == before
    assert query(project, "SELECT title FROM articles") == ["Kept"]
    project.succeed("drift")


def test_models_that_are_ahead_of_the_history_are_refused(project: Workbench) -> None:
    project.model(ARTICLES)
    project.revise("create articles")
    project.model(ARTICLES.replace("String(200)", "String(300)"))
    project.sql(ALIKE)

    says = refused(project, "baseline")

    assert "column articles.title\n  expected  character varying(300) NOT NULL" in says
    assert 'make revision m="..."' in says


def test_differences_are_listed_and_nothing_is_changed(project: Workbench) -> None:
    project.model(ARTICLES)
    project.sql(DIFFERENT)

    says = refused(project, "baseline")

    assert (
        "column articles.title\n  expected  character varying(200) NOT NULL\n"
        '  found     character varying(100) COLLATE "C" NOT NULL\n'
    ) in says
    assert "expected  character varying NOT NULL DEFAULT 'draft'" in says
    assert "constraint articles.articles_pkey\n  expected  nothing" in says
    assert "constraint articles.pk_articles\n  expected  PRIMARY KEY (id)" in says
    assert "index articles.ix_articles_title\n  expected  CREATE INDEX" in says
    assert "make baseline force=1" in says
    assert "payments" not in says
    assert "currency" not in says


def test_a_database_that_differs_is_adopted_by_force(project: Workbench) -> None:
    project.model(ARTICLES)
    project.sql(DIFFERENT)

    output = project.succeed("baseline", "--force")

    assert len(revisions(project)) == 2
    assert output.count("Wrote ") == 2
    adopted = state(project)[1]
    project.succeed("upgrade", "head")
    project.succeed("check")
    project.succeed("drift")
    assert query(project, "SELECT title FROM articles") == ["Kept"]
    assert query(project, "SELECT count(*) FROM paid") == [0]
    project.succeed("downgrade", "-1")
    assert state(project)[1] == adopted
    project.succeed("upgrade", "head")
    assert query(project, "SELECT to_regtype('state')::text") == ["state"]


def test_what_was_there_before_is_not_dropped_by_a_downgrade(project: Workbench) -> None:
    project.model(ARTICLES)
    project.sql(ALIKE)
    project.succeed("baseline")

    for target in ("-1", "base"):
        says = refused(project, "downgrade", target)
        assert "would drop tables that were there before, with their rows" in says
        assert "make stamp to=base" in says

    assert query(project, "SELECT title FROM articles") == ["Kept"]
    project.succeed("stamp", "base")
    project.succeed("baseline")
    project.model(f"{ARTICLES}    note: Mapped[str | None]\n")
    project.revise("add a note")
    project.succeed("upgrade", "head")
    project.succeed("downgrade", "-1")


def test_what_reconciles_an_adopted_database_is_linted(project: Workbench) -> None:
    project.model(ARTICLES)
    project.sql(DIFFERENT)
    project.succeed("baseline", "--force")

    says = refused(project, "lint")

    assert {"ban-drop-column", "ban-drop-constraint"} <= set(says.replace(":", " ").split())


@pytest.fixture
def fresh(project: Workbench) -> Iterator[str]:
    """The URL of a new database."""
    with project.database("fresh") as url:
        yield url


def test_a_new_database_can_be_made_by_the_history_of_an_adopted_one(
    project: Workbench, fresh: str
) -> None:
    project.model(ARTICLES)
    project.sql(DIFFERENT)
    project.succeed("baseline", "--force")

    project.succeed("upgrade", "head", DATABASE_URL=fresh)
    project.succeed("drift", DATABASE_URL=fresh)
    project.succeed("downgrade", "base", DATABASE_URL=fresh)

    left = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert {name for (name,) in project.sql(left, database="fresh")} == {
        "alembic_version_my_api",
        "alembic_version_my_api_pkc",
    }


@pytest.fixture
def limited(project: Workbench) -> Iterator[str]:
    """The URL of the database for a role that may only look around."""
    project.sql("CREATE ROLE limited LOGIN", "GRANT USAGE ON SCHEMA public TO limited")
    yield project.url.set(username="limited").render_as_string(hide_password=False)
    project.sql("DROP OWNED BY limited", "DROP ROLE limited")


def test_a_role_without_rights_is_told_what_it_lacks(project: Workbench, limited: str) -> None:
    project.model(ARTICLES)
    project.sql(ALIKE)
    says = refused(project, "baseline", DATABASE_URL=limited)
    assert "no right to create the scratch database" in says

    project.sql("ALTER ROLE limited CREATEDB")

    says = refused(project, "baseline", DATABASE_URL=limited).splitlines()[-1]
    assert "permission denied for schema public" in says
    assert "Use the role that owns the tables" in says
