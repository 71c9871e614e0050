"""Tables in use, and the linter on revisions that come after them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from running import write_module

from workflow.linting.pasting import lint_and_walk
from workflow.linting.revision import HEADER, Revision
from workflow.workbench import PROCESSES, Workbench

BASE = "tables"
TABLES = """
CREATE TABLE users (id bigint PRIMARY KEY, email text, state text NOT NULL DEFAULT 'new');
CREATE TABLE posts (id bigint PRIMARY KEY, title varchar(20), body text NOT NULL, score integer,
  user_id bigint, slug text, summary varchar(20), price numeric(8, 2),
  CONSTRAINT ck_posts_score CHECK (score > 0),
  CONSTRAINT ck_posts_slug CHECK (slug IS NOT NULL), CONSTRAINT uq_posts_slug UNIQUE (slug));
CREATE INDEX ix_posts_score ON posts (score);
CREATE UNIQUE INDEX ix_posts_score_id ON posts (score, id);
CREATE TABLE "Odd: 100%" (id bigint PRIMARY KEY, "a b" text);
CREATE TABLE tallies (post_id bigint, clicks integer);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN code AS text;
CREATE TABLE coded (id bigint PRIMARY KEY, code code, mood mood);
CREATE VIEW titles AS SELECT title FROM posts;
CREATE MATERIALIZED VIEW scores AS SELECT id, score FROM posts;
CREATE UNIQUE INDEX ix_scores_id ON scores (id);
CREATE TABLE logs (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM ('2000-01-01') TO ('2001-01-01');
CREATE TABLE logs_new (id bigint, at date);
CREATE TABLE secrets (id bigint PRIMARY KEY, owner text);
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secrets USING (owner = current_user);
GRANT INSERT ON posts TO PUBLIC;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE FUNCTION publish() RETURNS void LANGUAGE sql AS 'UPDATE public.posts SET body = title';
CREATE SEQUENCE numbers;
"""
DROP = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
_STEP = re.compile(r"^# \d+ of \d+, \w+: .*\n", re.MULTILINE)
_IGNORE = re.compile(r"^lint_ignore = {(.*)}$", re.MULTILINE)


class Finding(NamedTuple):
    """The parts of a finding that a test looks at."""

    line: int
    code: str
    message: str
    recipe: str
    is_remark: bool


@dataclass
class Linter:
    """A service whose first revision makes the tables."""

    project: Workbench

    def prepare(self) -> None:
        """Write the first revision."""
        self.project.empty()
        text = f'{HEADER}\nrevision = "{BASE}"\ndown_revision = None\n'
        for name, body in (("upgrade", TABLES), ("downgrade", _drop())):
            text += f'\n\ndef {name}():\n    op.execute(sa.text("""{body}"""))\n'
        write_module(self.project.versions / "base.py", text)

    def write(self, sources: Sequence[str]) -> None:
        """Write revisions one after the other, in the place of those that were there."""
        for path in self.project.versions.glob("r*.py"):
            path.unlink()
        for place, source in enumerate(sources, 1):
            named = source.replace('revision = "now"', f'revision = "r{place}"', 1)
            before = f"r{place - 1}" if place > 1 else BASE
            write_module(
                self.project.versions / f"r{place}.py", named.replace('"before"', f'"{before}"', 1)
            )

    def __call__(self, sources: Sequence[str], *arguments: str) -> list[Finding]:
        """Write the revisions, and return what the linter finds in them."""
        self.write(sources)
        given = ("--since", BASE, "--format", "json", *arguments)
        status, output = self.project.run("lint", *given)
        findings = [
            Finding(*(each[name] for name in Finding._fields)) for each in json.loads(output)
        ]
        assert status == any(not each.is_remark for each in findings), output
        return findings

    def by_revision(self, revisions: Sequence[Revision]) -> list[list[Finding]]:
        """Write revisions that follow one another, and return what is found in each."""
        self.write([each.source() for each in revisions])
        _, output = self.project.run("lint", "--since", BASE, "--format", "json")
        found: list[list[Finding]] = [[] for _ in revisions]
        for each in json.loads(output):
            place = int(Path(each["path"]).stem.removeprefix("r")) - 1
            found[place].append(Finding(*(each[name] for name in Finding._fields)))
        return found

    def paste(
        self,
        recipes: Sequence[tuple[Revision, Sequence[str]]],
        examples: Mapping[str, object],
    ) -> str:
        """Write the revisions that recipes describe; lint them, and walk through them with rows.

        Takes each revision with the recipes for it. Returns what the linter and the walk say.
        """
        self.write([source for each in recipes for source in pasted(*each)])
        output = self.project.path.parent / "pasted.txt"
        process = PROCESSES.Process(
            target=lint_and_walk,
            args=(self.project.path, output, self.project.environment, BASE, examples),
        )
        process.start()
        process.join()
        return output.read_text(encoding="utf-8")


def pasted(revision: Revision, recipes: Sequence[str]) -> list[str]:
    """Return the revisions that the first describes, or the one that there is, with its reasons."""
    if not recipes:
        return [revision.source()]
    steps = _STEP.split(recipes[0])[1:]
    if not steps:
        reasons = ", ".join(each for recipe in recipes for each in _IGNORE.findall(recipe))
        return [revision._replace(module="lint_ignore = {" + reasons + "}").source()]
    head = f'{HEADER}\nrevision = "now"\ndown_revision = "before"\n'
    return [f"{head}{step}\n" for step in steps]


def _drop() -> str:
    """Return what undoes it; the version table stays."""
    return (
        "DROP MATERIALIZED VIEW scores; DROP VIEW titles; DROP TABLE posts, users, "
        '"Odd: 100%", tallies, coded, logs, logs_new, secrets; DROP TYPE mood; DROP DOMAIN code; '
        "DROP FUNCTION stamp(), publish(); DROP SEQUENCE numbers"
    )


__all__ = ["Finding", "Linter", "Path"]
