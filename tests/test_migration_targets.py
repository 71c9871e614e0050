"""Targets of make for migrations: what they hand over to the package, and how they fail."""

import pytest
from baking import Project
from databases import database_url, values
from running import make

pytestmark = pytest.mark.installs


def execute(project: Project, statement: str) -> None:
    values(database_url(project), statement)


def test_drift_fails_with_the_differences_on_stderr(migrated_blog: Project) -> None:
    execute(migrated_blog, "ALTER TABLE votes ADD COLUMN weight integer")
    try:
        result = make(migrated_blog.path, "drift")
    finally:
        execute(migrated_blog, "ALTER TABLE votes DROP COLUMN weight")

    assert result.returncode != 0
    assert "column votes.weight\n  expected  nothing\n  found     integer\n" in result.stderr
    assert "Traceback" not in result.stderr
    assert make(migrated_blog.path, "drift").returncode == 0


def test_check_fails_with_the_differences_on_stderr(migrated_blog: Project) -> None:
    model = migrated_blog.path / "app" / "models" / "vote.py"
    text = model.read_text(encoding="utf-8")
    model.write_text(f"{text}    weight: Mapped[int]\n", encoding="utf-8")
    try:
        result = make(migrated_blog.path, "check")
    finally:
        model.write_text(text, encoding="utf-8")

    assert result.returncode != 0
    assert "column votes.weight\n  expected  integer NOT NULL\n" in result.stderr
    assert 'make revision m="..."' in result.stderr
    assert "Traceback" not in result.stderr
