"""Revisions by hand that used to leave a history or a database that nobody could use."""

import pytest

from workflow.revisions import write_revision, write_sql
from workflow.workbench import Workbench


def test_heads_of_which_one_depends_on_the_other_are_joined_by_one_merge(
    project: Workbench,
) -> None:
    first = write_sql(project, "CREATE VIEW one AS SELECT 1")
    second = write_sql(project, "CREATE VIEW two AS SELECT 2")
    third = write_sql(project, "CREATE VIEW three AS SELECT 3")
    [path] = project.versions.glob(f"*{third}*")
    text = path.read_text()
    text = text.replace(f"= '{second}'", f"= '{first}'").replace(f'= "{second}"', f'= "{first}"')
    path.write_text(text.replace("= None\n\n\ndef", f'= "{second}"\n\n\ndef'))
    assert "2 heads" in project.fail("check")

    project.succeed("merge", "-m", "join", "heads")

    assert len(project.succeed("heads").split("(head)")) == 2
    project.succeed("upgrade", "head")
    assert "nothing to join" in project.fail("merge", "-m", "join", "heads")


def test_a_revision_that_commits_is_refused_before_it_is_half_done(project: Workbench) -> None:
    revision = write_revision(
        project,
        "op.execute('CREATE TABLE half (id int)'); op.get_bind().commit(); "
        "op.execute('CREATE TABLE whole (id int)')",
    )

    says = project.fail("upgrade", "head")

    assert revision in says
    assert "autocommit_block" in says
    assert project.sql("SELECT to_regclass('half')::text") == [(None,)]


@pytest.mark.parametrize("command", [("upgrade", "head"), ("check",)])
def test_a_revision_with_an_id_that_does_not_fit_is_named_with_the_limit(
    project: Workbench, command: tuple[str, ...]
) -> None:
    revision = write_sql(project, "CREATE TABLE made (id int)")
    [path] = project.versions.glob(f"*{revision}*")
    path.write_text(path.read_text().replace(f"'{revision}'", f"'{revision * 4}'"))

    says = project.fail(*command)

    assert f"{path.name}: its id has 48 letters" in says
    assert "takes 32" in says
    assert project.sql("SELECT to_regclass('made')::text") == [(None,)]


def test_a_refusal_comes_with_the_hint_of_postgresql(project: Workbench) -> None:
    write_sql(project, "CREATE TABLE t (n text); ALTER TABLE t ALTER COLUMN n TYPE integer")

    assert 'You might need to specify "USING n::integer"' in project.fail("upgrade", "head")


def test_drift_names_a_schema_that_is_missing(project: Workbench) -> None:
    write_sql(project, "CREATE SCHEMA archive")
    project.succeed("upgrade", "head")
    project.sql("CREATE SCHEMA of_others")
    project.succeed("drift")

    project.sql("DROP SCHEMA archive")

    assert "schema archive" in project.fail("drift")


def test_an_empty_schema_that_a_downgrade_leaves_is_named(project: Workbench) -> None:
    project.by_hand("op.execute('CREATE SCHEMA archive')", "pass")
    project.by_hand("op.execute('CREATE SCHEMA IF NOT EXISTS shared')", "pass")
    project.sql("CREATE SCHEMA of_others")
    project.succeed("upgrade", "head")
    project.succeed("downgrade", "-2")

    says = project.fail("drift")

    assert "schema archive\n  expected  nothing" in says
    assert "shared" not in says
    assert "of_others" not in says
