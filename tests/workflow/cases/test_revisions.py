"""Revisions by hand that used to leave a history or a database that nobody could use."""

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
