"""Findings of `lint` in revisions, and its advice, which is safe and runs."""

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError
from alembic_workflow.lint.run import Finding, format_findings, lint
from alembic_workflow.replay.statements import Statement, recorded_statements
from databases import values
from running import write_module
from sqlalchemy import URL, Connection, MetaData, create_engine

from workflow.linting import HOSTILE, REVISIONS, Revision
from workflow.linting.recipes import RECIPES
from workflow.workbench import Workbench

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


class Answer(NamedTuple):
    """The findings of the linter in revisions, and the statements that these sent."""

    findings: list[Finding]
    sent: list[Statement]


@dataclass
class Linter:
    """A database with tables, to run revisions on, and a folder to write them in."""

    url: URL
    metadata: MetaData
    folder: Path

    def __call__(self, sources: Sequence[str], setup: str = SETUP) -> Answer:
        """Run the sources on new tables, and return what lint says of them."""
        self.make_tables(setup)
        paths = [self.folder / f"{place}.py" for place in range(len(sources))]
        for path, source in zip(paths, sources, strict=True):
            write_module(path, source)
        engine = create_engine(self.url)
        with engine.connect() as connection:
            sent = {path: self.run(connection, path) for path in paths}
        engine.dispose()
        return Answer(lint(sent, "app"), list(chain.from_iterable(sent.values())))

    def make_tables(self, setup: str) -> None:
        """Make the tables anew, and nothing beside them."""
        schemas = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'"
        drops = [f'DROP SCHEMA "{name}" CASCADE' for name in values(self.url, schemas)]
        values(self.url, *drops, "CREATE SCHEMA public", setup)

    def run(self, connection: Connection, path: Path) -> list[Statement]:
        """Upgrade by the revision, and return what it sent."""
        spec = spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        context = MigrationContext.configure(
            connection, opts={"transaction_per_migration": True, "target_metadata": self.metadata}
        )
        with (
            recorded_statements(connection, path) as statements,
            context.begin_transaction(_per_migration=True),
            Operations.context(context),
        ):
            module.upgrade()
        return statements


@pytest.fixture(scope="module")
def metadata(bench: Workbench) -> Iterator[MetaData]:
    """The tables of the service, whose modules can be imported for as long as this lasts."""
    assert "app" not in sys.modules
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(bench.path), *sys.path])
        for name, value in bench.environment.items():
            patch.setenv(name, value)
        yield import_module("app.models").Base.metadata
    for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
        del sys.modules[name]


@pytest.fixture
def linter(bench: Workbench, metadata: MetaData, tmp_path: Path) -> Linter:
    return Linter(bench.url, metadata, tmp_path)


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
def test_what_is_unsafe_is_found_at_the_operation(linter: Linter, name: str) -> None:
    findings, sent = linter([REVISIONS[name].source()])

    assert [(each.line, each.code) for each in findings] == REVISIONS[name].expected(), sent


@pytest.mark.parametrize("name", HOSTILE)
def test_a_recipe_runs_as_it_is_printed_and_is_safe(linter: Linter, name: str) -> None:
    revision = HOSTILE[name]
    [finding] = linter([revision.source()]).findings

    advised = linter(pasted(revision, finding.recipe), SETUP + ROWS)

    assert [format_findings([each]) for each in advised.findings] == []


@pytest.mark.parametrize(("name", "recipe"), RECIPES.items())
def test_a_finding_is_printed_with_what_to_write_instead(
    linter: Linter, name: str, recipe: str
) -> None:
    [finding] = linter([REVISIONS[name].source()]).findings

    first, _, rest = format_findings([finding]).partition("\n")
    assert re.fullmatch(rf"\S+\.py:{finding.line}: {finding.code}: [A-Z].*\.", first)
    assert textwrap.dedent(rest) == recipe.strip("\n")


def test_values_are_recorded_as_they_are_sent(linter: Linter) -> None:
    answer = linter([REVISIONS["percent signs, colons and parameters"].source()])

    sent = [each.sql for each in answer.sent]

    assert sent == [
        "COMMENT ON TABLE posts IS '100% :name :: %s %(x)s'",
        "SELECT 'DROP TABLE posts; ''', '100%'",
        "SELECT 'it''s; DROP TABLE posts'",
    ]


def test_a_missing_squawk_is_explained(
    linter: Linter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))

    with pytest.raises(CommandError) as refusal:
        linter([REVISIONS["an index"].source()])

    assert str(refusal.value) == (
        f"There is no {tmp_path}/bin/squawk. It comes with the extra alembic-workflow[development]."
    )
