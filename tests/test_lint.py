"""Findings of `lint-migrations` in revisions, and its advice, which is safe and runs."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from baking import Project, bake
from running import python, stop_postgres, succeed

pytestmark = pytest.mark.installs

SETUP = """
CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE TABLE posts (id bigint PRIMARY KEY, title varchar(20), body text NOT NULL, score integer,
  user_id bigint, slug text, CONSTRAINT ck_posts_score CHECK (score > 0));
CREATE INDEX ix_posts_score ON posts (score);
CREATE TABLE "Odd: 100%" (id bigint PRIMARY KEY, "a b" text);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE VIEW titles AS SELECT title FROM posts;
CREATE MATERIALIZED VIEW scores AS SELECT id, score FROM posts;
CREATE UNIQUE INDEX ix_scores_id ON scores (id);
CREATE TABLE logs (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM ('2000-01-01') TO ('2001-01-01');
"""
ROWS = """
INSERT INTO posts VALUES (1, 'one', 'text', 1, NULL, 'one'), (2, 'two', 'text', 2, NULL, 'two');
INSERT INTO "Odd: 100%" VALUES (1, 'x');
"""
HEADER = '''"""Try."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from alembic_workflow import backfill
from alembic_workflow import create_index_concurrently, drop_index_concurrently
'''
# Runs each case, which is a list of files, on a database of its own.
DRIVER = """
import importlib.util, json, sys
from pathlib import Path
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from app.config import settings
from app.models import Base
from alembic_workflow.lint.run import format_findings, lint
from alembic_workflow.replay.statements import recorded_statements

url = settings.database_url
admin = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
given = json.loads(Path(sys.argv[1]).read_text())
answers = {}


def run(connection, path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    context = MigrationContext.configure(
        connection,
        opts={"transaction_per_migration": True, "target_metadata": Base.metadata},
    )
    with (
        recorded_statements(connection, path) as statements,
        context.begin_transaction(_per_migration=True),
        Operations.context(context),
    ):
        module.upgrade()
    return statements


with admin.connect() as server:
    server.exec_driver_sql("DROP DATABASE IF EXISTS lint_template WITH (FORCE)")
    server.exec_driver_sql("CREATE DATABASE lint_template")
    engine = create_engine(url.set(database="lint_template"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(given["setup"].replace("%", "%%"))
    for name, paths in given["cases"].items():
        server.exec_driver_sql("DROP DATABASE IF EXISTS lint_try WITH (FORCE)")
        server.exec_driver_sql("CREATE DATABASE lint_try TEMPLATE lint_template")
        engine = create_engine(url.set(database="lint_try"), poolclass=NullPool)
        answer = answers[name] = {"error": "", "findings": [], "sent": []}
        try:
            with engine.connect() as connection:
                sent = {Path(path): run(connection, Path(path)) for path in paths}
            findings = lint(sent, "app")
            answer["sent"] = [list(each) for all in sent.values() for each in all]
            answer["findings"] = [
                each._asdict() | {"path": str(each.path), "text": format_findings([each])}
                for each in findings
            ]
        except Exception as error:
            answer["error"] = repr(error)
    server.exec_driver_sql("DROP DATABASE IF EXISTS lint_try WITH (FORCE)")
    server.exec_driver_sql("DROP DATABASE lint_template")
print(json.dumps(answers))
"""


class Revision(NamedTuple):
    """A revision to write; a line is expected to be a finding if it ends in `# <- code`."""

    upgrade: str = "pass"
    downgrade: str = 'raise NotImplementedError("one way")'
    module: str = ""
    after: str = '"before"'
    ends: str = "def downgrade():"

    def source(self) -> str:
        body = self.upgrade.strip("\n").replace("\n", "\n    ")
        return (
            f'{HEADER}\nrevision = "now"\ndown_revision = {self.after}\n{self.module}\n\n\n'
            f"def upgrade():\n    {body}\n\n\n{self.ends}\n    {self.downgrade}\n"
        )

    def expected(self) -> list[tuple[int, str]]:
        return sorted(
            (number, code)
            for number, line in enumerate(self.source().splitlines(), 1)
            if "# <- " in line
            for code in line.partition("# <- ")[2].rstrip('\\"').split()
        )


# Each of these has a recipe that is pasted and run below.
HOSTILE = {
    "a required column": Revision("""
op.add_column(
    "posts", sa.Column("a", sa.Integer()))
op.add_column(  # <- adding-required-field
    "posts",
    sa.Column("b", sa.BigInteger(), nullable=False),
)
"""),
    "a required column of text in a table with an odd name": Revision("""
op.add_column("Odd: 100%", sa.Column("c d", sa.Text(), nullable=False))  # <- adding-required-field
"""),
    "a volatile default": Revision("""
now = sa.text("clock_timestamp()")
op.add_column(  # <- adding-field-with-default
    "posts", sa.Column("at", sa.DateTime(timezone=True), server_default=now, nullable=False))
"""),
    "a computed column": Revision("""
op.add_column(  # <- adding-field-with-default
    "posts", sa.Column("twice", sa.BigInteger(), sa.Computed("score * 2", persisted=True)))
"""),
    "NOT NULL": Revision("""
op.alter_column("posts", "score", nullable=False)  # <- adding-not-nullable-field
"""),
    "NOT NULL in raw SQL with odd names": Revision("""
op.execute(  # <- adding-not-nullable-field
    'ALTER TABLE public."Odd\\\\: 100%" ALTER COLUMN "a b" SET NOT NULL')
"""),
    "a foreign key": Revision("""
op.create_foreign_key(  # <- adding-foreign-key-constraint
    op.f("fk_posts_user_id_users"), "posts", "users", ["user_id"], ["id"], ondelete="CASCADE")
"""),
    "a foreign key in raw SQL": Revision("""
op.execute(  # <- adding-foreign-key-constraint
    "ALTER TABLE posts ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id)")
"""),
    "a check": Revision("""
op.create_check_constraint(  # <- constraint-missing-not-valid
    op.f("ck_posts_body"), "posts", "body <> '100%'")
"""),
    "a unique constraint": Revision("""
op.create_unique_constraint(  # <- disallowed-unique-constraint
    op.f("uq_posts_slug_title"), "posts", ["slug", "title"])
"""),
    "an index": Revision("""
op.create_index(  # <- require-concurrent-index-creation
    op.f("ix_posts_title"), "posts", ["title"], unique=True)
"""),
    "an index in raw SQL": Revision("""
op.execute("CREATE INDEX ix_posts_title ON posts (title)")  # <- require-concurrent-index-creation
"""),
    "an index in raw SQL with a colon": Revision("""
op.execute(  # <- require-concurrent-index-creation
    "CREATE INDEX ix ON posts (title) WHERE title <> ' \\\\:x 5%'")
"""),
    "an index dropped": Revision("""
op.drop_index("ix_posts_score", table_name="posts")  # <- require-concurrent-index-deletion
"""),
    "REINDEX": Revision("""
op.execute("REINDEX TABLE posts")  # <- require-concurrent-reindex
"""),
    "a materialized view refreshed": Revision("""
op.execute("REFRESH MATERIALIZED VIEW scores")  # <- refresh-without-concurrently
"""),
    "a partition detached": Revision("""
op.execute("ALTER TABLE logs DETACH PARTITION logs_old")  # <- require-concurrent-partition-detach
"""),
    "another type": Revision("""
op.alter_column("posts", "user_id", type_=sa.Numeric())  # <- changing-column-type
"""),
    "a column renamed": Revision("""
op.alter_column("posts", "slug", new_column_name="path")  # <- renaming-column
"""),
    "a table renamed": Revision("""
op.rename_table("posts", "articles")  # <- renaming-table
"""),
    "a column dropped": Revision('op.drop_column("posts", "user_id")  # <- ban-drop-column'),
    "a table dropped": Revision('op.drop_table("users")  # <- ban-drop-table'),
    "a view dropped": Revision('op.execute("DROP VIEW titles")  # <- ban-drop-view'),
    "an enum value renamed": Revision("""
op.execute("ALTER TYPE mood RENAME VALUE 'bad' TO 'worse'")  # <- renaming-object
"""),
    "a constraint dropped": Revision("""
op.drop_constraint("ck_posts_score", "posts")  # <- ban-drop-constraint
"""),
    "NULL allowed": Revision("""
op.alter_column("posts", "body", nullable=True)  # <- ban-drop-not-null
"""),
    "a backfill among the schema's changes": Revision("""
op.add_column("posts", sa.Column("rank", sa.Integer()))
op.execute("UPDATE posts SET slug = title WHERE score > 1")  # <- backfill-with-ddl
"""),
    "DELETE among the schema's changes": Revision("""
op.execute("DELETE FROM posts WHERE score = 2")  # <- backfill-with-ddl
op.add_column("posts", sa.Column("rank", sa.Integer()))
"""),
    "INSERT SELECT among the schema's changes": Revision("""
op.add_column("posts", sa.Column("rank", sa.Integer()))
op.execute("INSERT INTO users (id) SELECT id + 10 FROM posts")  # <- backfill-with-ddl
"""),
    "WITH among the schema's changes": Revision("""
op.add_column("posts", sa.Column("rank", sa.Integer()))
op.execute(  # <- backfill-with-ddl
    "WITH t AS (SELECT 1 AS id) UPDATE posts SET score = 1 FROM t WHERE t.id = posts.id")
"""),
    "json": Revision("""
op.add_column("posts", sa.Column("data", sa.JSON()))  # <- json-column
"""),
    "timestamp": Revision("""
op.create_table(  # <- prefer-timestamp-tz
    "things", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("at", sa.DateTime()))
"""),
    "LOCK": Revision("""
op.execute("LOCK TABLE posts IN EXCLUSIVE MODE")  # <- lock-table
"""),
    "VACUUM FULL": Revision("""
with op.get_context().autocommit_block():
    op.execute("VACUUM (ANALYZE, FULL) posts")  # <- vacuum-full
"""),
    "TRUNCATE CASCADE": Revision("""
op.execute("TRUNCATE posts CASCADE")  # <- ban-truncate-cascade
"""),
    "a DO block": Revision('''
op.execute("""DO $$ BEGIN UPDATE posts SET score = 3; END $$""")  # <- do-block
'''),
}
# These have advice in words, or advice that depends on what is meant.
OTHERS = {
    "validated in the revision that adds it": Revision("""
op.create_check_constraint(op.f("ck_posts_body"), "posts", "body <> ''", postgresql_not_valid=True)
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck_posts_body")  # <- constraint-missing-not-valid
"""),
    "a table made again": Revision("""
op.execute("DROP TABLE users; CREATE TABLE users (id bigint)")  # <- ban-drop-table
"""),
    "a table of the same name in another schema": Revision("""
op.execute("CREATE SCHEMA archive; CREATE TABLE archive.users (email text)")
op.execute("ALTER TABLE users DROP COLUMN email")  # <- ban-drop-column
"""),
    "several tables at once": Revision("""
op.execute("CREATE TABLE tags (id bigint)")
op.execute("DROP TABLE tags, public.users")  # <- ban-drop-table
"""),
    "CLUSTER": Revision("""
op.execute("CLUSTER posts USING posts_pkey")  # <- cluster
"""),
    "a comment says that a rename is unconfirmed": Revision("""
# Unconfirmed rename: posts.title -> posts.headline  # <- unconfirmed-rename
# If it is one, delete this file
pass
"""),
    "a comment says what is missing": Revision(
        "# Write by hand: trigger t  # <- write-by-hand\npass"
    ),
    "several in one text": Revision('''
op.execute(  # <- ban-drop-column ban-drop-table
    """
    ALTER TABLE posts DROP COLUMN title CASCADE; -- DROP VIEW titles;
    /* DROP SCHEMA; */ DROP TABLE users;
    COMMENT ON TABLE posts IS 'ALTER TABLE posts RENAME TO x;'
    """
)
'''),
    "a function of the revision's own": Revision("""
def remove(name):
    op.drop_column("posts", name)  # <- ban-drop-column

remove("slug")
"""),
    "a comment of squawk's": Revision("""
op.execute("-- squawk-ignore ban-drop-table\\nDROP TABLE users")  # <- ban-drop-table
"""),
    "after other letters": Revision("""
op.execute(  # <- ban-drop-table
    "SELECT 'ééééééééééé\\néééééééééééé'; DROP TABLE users; CREATE TABLE t (id bigint)")
"""),
    "the application's models": Revision(
        module="from app.models import Base  # <- imports-models\nimport json"
    ),
    "the application within a function": Revision("import app.config  # <- imports-models"),
    "the first revision's file": Revision(
        'op.drop_table("users")',
        module="from app import models  # <- imports-models",
        after="None",
    ),
    "an empty downgrade": Revision(
        'op.execute("SELECT 1")', '"""Nothing."""', ends="def downgrade():  # <- empty-downgrade"
    ),
    "a merge that does something": Revision(
        'op.execute("SELECT 1")',
        "return None",
        after='("one", "two")',
        ends="def downgrade():  # <- empty-downgrade",
    ),
    "an ignore without a reason": Revision(
        'op.drop_column("posts", "slug")  # <- ban-drop-column',
        module="""lint_ignore = {
    "ban-drop-column": " ",  # <- ignore-without-reason
    "renaming-table": 1,  # <- ignore-without-reason
}""",
    ),
    "an ignore that is computed": Revision(
        module="lint_ignore = dict(a=1 / 1)  # <- ignore-without-reason"
    ),
    "an ignore that ignores nothing": Revision(
        'op.drop_column("posts", "slug")',
        module="""lint_ignore = {
    "ban-drop-column": "nothing reads it",
    "renaming-table": "why not",  # <- unused-ignore
}""",
    ),
    "an ignore of another code": Revision(
        'op.drop_column("posts", "slug")  # <- ban-drop-column',
        module='lint_ignore = {"ban-drop-table": "x"}  # <- unused-ignore',
    ),
}
INNOCENT = {
    "a nullable column": Revision('op.add_column("posts", sa.Column("a", sa.Integer()))'),
    "a constant default": Revision("""
op.add_column("posts", sa.Column("a", sa.Boolean(), server_default=sa.false(), nullable=False))
"""),
    "a table with all that belongs to it": Revision("""
op.create_table("tags", sa.Column("id", sa.Integer()), sa.Column("post_id", sa.BigInteger()))
op.create_index("ix_tags_post_id", "tags", ["post_id"])
op.create_unique_constraint("uq_tags_id", "tags", ["post_id"])
op.create_foreign_key("fk", "tags", "tags", ["post_id"], ["post_id"])
op.alter_column("tags", "post_id", nullable=False)
op.execute("INSERT INTO tags SELECT 1, id FROM posts")
op.execute("UPDATE tags SET id = 2")
op.execute("LOCK TABLE ONLY public.tags, \\"tags\\"")
op.drop_column("tags", "id")
"""),
    "only rows": Revision("""
op.execute("UPDATE posts SET title = 'x'")
op.execute("DELETE FROM users")
"""),
    "a few rows among the schema's changes": Revision("""
op.add_column("users", sa.Column("name", sa.Text()))
op.bulk_insert(sa.table("users", sa.column("id")), [{"id": 5}, {"id": 6}])
op.execute("INSERT INTO users (id, email) VALUES (7, 'SELECT')")
"""),
    "a backfill in its own transactions": Revision("""
op.add_column("posts", sa.Column("rank", sa.Integer()))
backfill("posts", {"rank": "0"}, where="rank IS NULL")
"""),
    "indexes that do not block": Revision("""
create_index_concurrently("ix_posts_slug", "posts", ["slug"])
drop_index_concurrently("ix_posts_score", "posts")
"""),
    "an index in an autocommit block": Revision("""
with op.get_context().autocommit_block():
    op.create_index("ix_posts_slug", "posts", ["slug"], postgresql_concurrently=True)
"""),
    "validated in another transaction": Revision("""
op.create_check_constraint(op.f("ck"), "posts", "body <> ''", postgresql_not_valid=True)
with op.get_context().autocommit_block():
    op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck")
"""),
    "words in strings, comments and names": Revision('''
op.execute("COMMENT ON TABLE posts IS 'DROP TABLE posts; UPDATE posts'")
op.execute("SELECT 1 /* LOCK TABLE posts; */ -- CLUSTER posts;\\n")
op.execute("SELECT $a$ ; VACUUM FULL posts; $a$, E'\\\\'; DROP TABLE posts'")
op.execute("""CREATE TABLE "a; DROP TABLE posts" (json jsonb, "LOCK" text DEFAULT 'a json, b')""")
op.execute("WITH a AS (SELECT 'UPDATE posts SET title' /* DELETE FROM posts */) SELECT * FROM a")
'''),
    "percent signs, colons and parameters": Revision("""
op.execute("COMMENT ON TABLE posts IS '100% \\\\:name :: %s %(x)s'")
op.get_bind().exec_driver_sql("SELECT %s, '100%%'", ("DROP TABLE posts; '",))
op.get_bind().execute(sa.text("SELECT :a"), {"a": "it's; DROP TABLE posts"})
"""),
    "functions": Revision('''
op.execute("""
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      UPDATE posts SET title = ''; LOCK TABLE posts; DROP TABLE users;
      RETURN NEW;
    END $body$
""")
op.execute("""
    CREATE FUNCTION clean() RETURNS void LANGUAGE sql
    BEGIN ATOMIC; UPDATE posts SET title = ''; DELETE FROM posts; END
""")
'''),
    "a DO block that only creates": Revision("""
op.execute("DO $$ BEGIN CREATE TYPE size AS ENUM ('s'); EXCEPTION WHEN others THEN NULL; END $$")
"""),
    "a constraint renamed": Revision("""
op.execute("ALTER TABLE posts RENAME CONSTRAINT ck_posts_score TO ck_posts_rank")
op.execute("ALTER INDEX ix_posts_score RENAME TO ix_posts_rank")
"""),
    "json that is no type": Revision("""
op.execute("ALTER TABLE posts ADD COLUMN json jsonb DEFAULT CAST('{}' AS json)")
op.execute("ALTER TABLE posts ADD a jsonb DEFAULT '{}'::json, ADD CHECK (a IS NOT NULL) NOT VALID")
"""),
    "a merge": Revision(downgrade="pass", after='("one", "two")'),
    "nothing at all": Revision(downgrade="pass"),
    "text that looks like a comment": Revision("""
op.execute("SELECT '# Write by hand: x'")
x = '''
# Unconfirmed rename: posts.title -> posts.headline
'''
"""),
    "an ignore with a reason": Revision(
        'op.drop_column("posts", "slug")',
        module='lint_ignore = {"ban-drop-column": "nothing reads it"}',
    ),
    "an annotated ignore": Revision(
        'op.execute("SELECT 1")',
        "pass",
        module='lint_ignore: dict[str, str] = {"empty-downgrade": "nothing to undo"}',
    ),
    "the first revision": Revision(
        """
op.create_index("ix_posts_title", "posts", ["title"])
op.execute("UPDATE posts SET score = 1")
op.drop_table("users")
""",
        after="None",
    ),
}
REVISIONS = HOSTILE | OTHERS | INNOCENT
Answers = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("lint"), starter="blog")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.fixture(scope="module")
def answers(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    cases = {name: [revision.source()] for name, revision in REVISIONS.items()}
    return lint(project, tmp_path_factory.mktemp("revisions"), cases)


@pytest.fixture(scope="module")
def advised(
    project: Project, answers: Answers, tmp_path_factory: pytest.TempPathFactory
) -> Answers:
    """What lint says of the recipes, each pasted into as many revisions as it is for."""
    cases = {
        name: pasted(HOSTILE[name], finding["recipe"])
        for name in HOSTILE
        for finding in answers[name]["findings"]
    }
    return lint(project, tmp_path_factory.mktemp("recipes"), cases, SETUP + ROWS)


def lint(
    project: Project, folder: Path, cases: Mapping[str, Sequence[str]], setup: str = SETUP
) -> Answers:
    """Run the sources of each case on a database of its own, and return what lint says."""
    paths = {
        name: [str(folder / f"{number}_{place}.py") for place in range(len(sources))]
        for number, (name, sources) in enumerate(cases.items())
    }
    for name, sources in cases.items():
        for path, source in zip(paths[name], sources, strict=True):
            Path(path).write_text(source, encoding="utf-8")
    (folder / "cases.json").write_text(json.dumps({"setup": setup, "cases": paths}))
    result = python(
        project.path, "-c", DRIVER, str(folder / "cases.json"), PYTHONPATH=str(project.path)
    )
    assert result.returncode == 0, result.stderr
    answers: Answers = json.loads(result.stdout)
    return answers


def pasted(revision: Revision, recipe: str) -> list[str]:
    """Return the revisions that the recipe describes; without code, it is for the one there is."""
    recipe = recipe.partition("\n# Or,")[0]
    ignores = re.findall(r"^lint_ignore = .*$", recipe, re.M)
    code = re.sub(r"^lint_ignore = .*$", "", recipe, flags=re.M)
    steps = [step for step in re.split(r"^# \d\..*$", code, flags=re.M) if has_code(step)]
    steps = steps or [revision.upgrade if ignores else "pass"]
    return [
        Revision(step, module=ignores[0] if ignores and step is steps[-1] else "").source()
        for step in steps
    ]


def has_code(text: str) -> bool:
    return any(line.strip() and not line.startswith("#") for line in text.splitlines())


@pytest.mark.parametrize("name", REVISIONS)
def test_what_is_unsafe_is_found_at_the_operation(answers: Answers, name: str) -> None:
    answer = answers[name]

    found = [(each["line"], each["code"]) for each in answer["findings"]]
    assert not answer["error"]
    assert found == REVISIONS[name].expected(), answer["sent"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_recipe_runs_as_it_is_printed_and_is_safe(advised: Answers, name: str) -> None:
    assert not advised[name]["error"], advised[name]
    assert [each["text"] for each in advised[name]["findings"]] == []


@pytest.mark.parametrize(
    ("name", "recipe"),
    {
        "an index": """
# In a revision of its own:
from alembic_workflow import create_index_concurrently
create_index_concurrently(op.f("ix_posts_title"), "posts", ["title"], unique=True)""",
        "a required column": """
# 1. This revision; then deploy an application that writes it:
op.add_column("posts", sa.Column("b", sa.BigInteger()))
# 2. The next one, with your value:
from alembic_workflow import backfill
backfill("posts", {"b": "0"}, where="b IS NULL")
# 3. After it:
op.create_check_constraint(
    op.f("ck_posts_b_not_null"), "posts", "b IS NOT NULL", postgresql_not_valid=True
)
# 4. A later revision:
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck_posts_b_not_null")
op.alter_column("posts", "b", nullable=False)
op.drop_constraint(op.f("ck_posts_b_not_null"), "posts", type_="check")""",
        "a computed column": """
# 1. A plain column; the application, or a trigger, writes it:
op.add_column("posts", sa.Column("twice", sa.BigInteger()))
# 2. The next revision, with your value:
from alembic_workflow import backfill
backfill("posts", {"twice": "0"}, where="twice IS NULL")""",
        "validated in the revision that adds it": """
# In a later revision:
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT ck_posts_body")""",
        "a foreign key": """
# 1. This revision checks new rows only:
op.create_foreign_key(op.f("fk_posts_user_id_users"), "posts", "users", ["user_id"], ["id"], """
        """ondelete="CASCADE", postgresql_not_valid=True)
# 2. The next one:
op.execute("ALTER TABLE posts VALIDATE CONSTRAINT fk_posts_user_id_users")""",
        "a backfill among the schema's changes": """
# In a later revision of its own, in batches of one transaction each:
from alembic_workflow import backfill
backfill("posts", {"slug": "title"}, where="(score > 1) AND slug IS DISTINCT FROM title")""",
    }.items(),
)
def test_a_finding_is_printed_with_what_to_write_instead(
    answers: Answers, name: str, recipe: str
) -> None:
    [finding] = answers[name]["findings"]

    first, _, rest = finding["text"].partition("\n")
    assert re.fullmatch(rf"\S+\.py:{finding['line']}: {finding['code']}: [A-Z].*\.", first)
    assert textwrap.dedent(rest) == recipe.strip("\n")


def test_values_are_recorded_as_they_are_sent(answers: Answers) -> None:
    sent = [sql for sql, *_ in answers["percent signs, colons and parameters"]["sent"]]

    assert sent == [
        "COMMENT ON TABLE posts IS '100% :name :: %s %(x)s'",
        "SELECT 'DROP TABLE posts; ''', '100%'",
        "SELECT 'it''s; DROP TABLE posts'",
    ]


def test_a_missing_squawk_is_explained(project: Project, tmp_path: Path) -> None:
    squawk = project.path / ".venv/bin/squawk"
    hidden = squawk.rename(squawk.with_name("hidden"))
    try:
        answer = lint(project, tmp_path, {"": [REVISIONS["an index"].source()]})[""]
    finally:
        hidden.rename(squawk)

    message = r"CommandError\('There is no .*/squawk\. .*: make install'\)"
    assert re.fullmatch(message, answer["error"])
