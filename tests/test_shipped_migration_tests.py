"""The tests of revisions that ship with every project: what they refuse, and what they accept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from baking import Project, bake
from running import python, stop_postgres, succeed

pytestmark = pytest.mark.installs
WALK = "undone_and_applied_again"
REVISION = '''"""Written by a test."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from alembic_workflow import backfill

revision = "{name}"
down_revision = {after!r}
depends_on = {depends_on!r}
{extra}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
'''
MODEL = """
from sqlalchemy.orm import Mapped

from app.models.base import Base, IdentityKey


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[IdentityKey]
"""
PRODUCTS = (
    'op.create_table("products", sa.Column("code", sa.Text(), nullable=False), '
    'sa.CheckConstraint("code ~ \'^[A-Z]{3}-[0-9]$\'", name=op.f("ck_products_code")))'
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    # The longest name there is: PostgreSQL cuts those of databases short.
    project = bake(tmp_path_factory.mktemp("shipped"), starter="blog", project_slug="long" * 10)
    succeed(project.path, "db")
    yield project
    stop_postgres(project)


@pytest.fixture
def project(installed: Project) -> Iterator[Project]:
    """The project, put back as it was afterwards."""
    yield installed
    installed.run("git", "clean", "-dfq", "app", "migrations")
    installed.run("git", "checkout", "--quiet", "--", "app", "migrations", "tests")


def newest(project: Project) -> str:
    """Return the revision that the project ships last."""
    newest = max(path.name for path in versions(project).glob("2026_01_*.py"))
    return newest.partition("-")[2].partition("_")[0]


def versions(project: Project) -> Path:
    return project.path / "migrations/versions"


def revise(
    project: Project,
    name: str,
    upgrade: str,
    downgrade: str = "pass",
    after: str | tuple[str, ...] | None = "",
    depends_on: str | None = None,
    extra: str = "",
) -> str:
    """Write a revision after another one, by default the last that is shipped; return its name."""
    text = REVISION.format(
        name=name,
        after=newest(project) if after == "" else after,
        depends_on=depends_on,
        extra=extra,
        upgrade=upgrade.strip().replace("\n", "\n    "),
        downgrade=downgrade.strip().replace("\n", "\n    "),
    )
    (versions(project) / f"2026_03_01_0900-{name}.py").write_text(text)
    return name


def run_tests(project: Project, choice: str = "") -> str:
    """Run the project's tests of its revisions, or those of the choice; return what they say."""
    return python(
        project.path, "-m", "pytest", "-q", "tests/test_migrations.py", "-k", choice
    ).stdout


def missing(output: str, *expected: str) -> list[str]:
    return [each for each in expected if each not in output]


def test_a_required_column_two_heads_and_sql_that_reads_rows_are_refused(project: Project) -> None:
    revise(
        project,
        "required",
        'op.add_column("posts", sa.Column("slug", sa.Text(), nullable=False))',
        'op.drop_column("posts", "slug")',
    )
    revise(project, "reading", 'op.get_bind().execute(sa.text("SELECT 1")).scalar_one()')

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


def test_a_model_without_a_revision_and_an_empty_downgrade_are_refused(project: Project) -> None:
    (project.path / "app/models/thing.py").write_text(MODEL)
    revise(project, "oneway", 'op.create_index("ix_posts_title", "posts", ["title"])')

    output = run_tests(project)

    assert not missing(
        output,
        "oneway.py: downgrade() is empty",
        "oneway.py: downgrade() does not restore",
        "table things",
        "3 failed, 3 passed",
    ), output


def test_a_downgrade_that_forgets_or_changes_something_is_refused(project: Project) -> None:
    revise(
        project,
        "forgetful",
        'op.create_table("moods", sa.Column("mood", sa.Enum("good", "bad", name="mood")))\n'
        'op.create_index("ix_posts_title", "posts", ["title"])\n'
        'op.alter_column("posts", "published", server_default=sa.false())\n'
        'op.alter_column("posts", "title", type_=sa.String(300))',
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
    ), output


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
    project: Project, upgrade: str, downgrade: str, expected: list[str]
) -> None:
    irreversible = revise(project, "lost", "pass", 'raise NotImplementedError("gone")')
    revise(project, "hostile", upgrade, downgrade, after=irreversible)

    output = run_tests(project, WALK)

    assert not missing(output, "hostile.py: ", *expected), output


def test_innocent_revisions_pass(project: Project) -> None:
    last = newest(project)
    for name, upgrade, downgrade in INNOCENT:
        last = revise(project, name, upgrade, downgrade, after=last)
    other = revise(
        project,
        "second_base",
        'op.create_table("apart", sa.Column("post_id", sa.BigInteger(), '
        'sa.ForeignKey("posts.id"), nullable=False))',
        'op.drop_table("apart")',
        after=None,
        depends_on=newest(project),
    )
    merged = revise(project, "merged", "pass", after=(last, other))
    revise(
        project,
        "excused",
        "op.execute(\"UPDATE posts SET title = 'same'\")",
        after=merged,
        extra='lint_ignore = {"empty-downgrade": "titles are gone"}',
    )
    tests = project.path / "tests/test_migrations.py"
    none = "examples: ClassVar[dict[str, dict[str, object]]] = {}"
    assert none in tests.read_text()
    one = none.replace("{}", '{"products": {"code": "ABC-1"}}')
    tests.write_text(tests.read_text().replace(none, one))

    output = run_tests(project, "not same_schema and not autogenerate")

    assert "4 passed" in output, output


INNOCENT = [
    ("products", PRODUCTS, 'op.drop_table("products")'),
    (
        "checks",
        'op.execute("""CREATE TABLE rated (stars int NOT NULL CHECK (stars BETWEEN 3 AND 5), '
        "state text NOT NULL CHECK (state IN ('new', 'old')), first date NOT NULL, "
        "last date NOT NULL, CHECK (first <= last), post_id bigint REFERENCES posts, "
        "user_id bigint REFERENCES users, CHECK (num_nonnulls(post_id, user_id) = 1), "
        "during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&), "
        "part numeric(2, 2) NOT NULL, short char(2) NOT NULL UNIQUE, "
        'one int PRIMARY KEY DEFAULT 1 CHECK (one = 1))""")',
        'op.drop_table("rated")',
    ),
    (
        "types",
        "op.execute(\"CREATE TYPE mood AS ENUM ('good', 'it''s', 'a \\\"b\\\"'); "
        "CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 10 AND 20); "
        "CREATE DOMAIN shares AS percent[] NOT NULL; CREATE TYPE pair AS (a int, b int); "
        "CREATE TABLE typed (mood mood NOT NULL, moods mood[] NOT NULL, share percent NOT NULL, "
        "id uuid NOT NULL UNIQUE, data jsonb NOT NULL, raw bytea NOT NULL, host inet NOT NULL, "
        "net cidr NOT NULL, span interval NOT NULL, at time NOT NULL, days daterange NOT NULL, "
        "many text[] NOT NULL, bits bit(4) NOT NULL, price money NOT NULL, "
        "words tsvector NOT NULL, mac macaddr NOT NULL, "
        "place point, pair pair, small smallint NOT NULL, x real NOT NULL, "
        'twice int GENERATED ALWAYS AS (small * 2) STORED, n serial)")',
        'op.execute("DROP TABLE typed; DROP TYPE pair; DROP DOMAIN shares, percent; '
        'DROP TYPE mood")',
    ),
    (
        "keys",
        'op.execute("CREATE TABLE tenants (id int PRIMARY KEY); '
        "CREATE TABLE orders (tenant_id int REFERENCES tenants, id text, "
        "PRIMARY KEY (tenant_id, id)); "
        "CREATE TABLE lines (tenant_id int NOT NULL REFERENCES tenants, order_id text NOT NULL, "
        "n int, PRIMARY KEY (tenant_id, order_id, n), "
        "FOREIGN KEY (tenant_id, order_id) REFERENCES orders); "
        "CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "boss_id int REFERENCES people, mentor_id int NOT NULL REFERENCES people); "
        "CREATE TABLE hens (id int PRIMARY KEY, egg_id int); "
        "CREATE TABLE eggs (id int PRIMARY KEY, hen_id int NOT NULL REFERENCES hens); "
        'ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs")',
        'op.execute("ALTER TABLE hens DROP COLUMN egg_id; '
        'DROP TABLE eggs, hens, people, lines, orders, tenants")',
    ),
    (
        "partitions",
        'op.execute("CREATE TABLE events (at timestamptz NOT NULL, kind text NOT NULL) '
        "PARTITION BY RANGE (at); CREATE TABLE events_2024 PARTITION OF events "
        "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01'); "
        'CREATE TABLE none_yet (id int NOT NULL) PARTITION BY LIST (id)")',
        'op.execute("DROP TABLE events, none_yet")',
    ),
    (
        "names",
        'op.execute("CREATE SCHEMA \\"the bills\\"; CREATE TABLE \\"the bills\\".\\"Über 100%%\\" '
        '(\\"a \\"\\"b\\"\\"\\" int NOT NULL, \\"50%%\\" text NOT NULL UNIQUE)")',
        'op.execute("DROP SCHEMA \\"the bills\\" CASCADE")',
    ),
    (
        "slugs",
        'op.add_column("posts", sa.Column("slug", sa.Text()))\n'
        'backfill("posts", {"slug": "title"}, where="slug IS NULL")\n'
        'op.alter_column("posts", "slug", nullable=False)\n'
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix_posts_slug", "posts", ["slug"], postgresql_concurrently=True)',
        'op.drop_index("ix_posts_slug", "posts")\nop.drop_column("posts", "slug")',
    ),
]
