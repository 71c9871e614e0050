"""`make template-update` and `make template-check` of a generated project."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from baking import TEMPLATE, Project
from running import clean_environment, make, succeed
from updating import commit_all, create, git, template_repository

pytestmark = pytest.mark.installs

CREATE_USERS = "migrations/versions/2026_01_05_0900-5a1c0e7d4b21_create_users.py"
FIRST = "# `make` lists the targets."


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of this template with one release."""
    folder = template_repository(tmp_path_factory.mktemp("template") / "template")
    git(folder, "tag", "v1.0.0")
    return folder


@pytest.fixture(scope="module")
def installed(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """An installed project with the release."""
    project = create(repository, tmp_path_factory.mktemp("project"), starter="users")
    succeed(project.path, "install")
    commit_all(project.path)
    git(project.path, "tag", "as-made")
    return project


@pytest.fixture
def template(repository: Path) -> Iterator[Path]:
    """The template's repository, to be changed by the test."""
    yield repository
    git(repository, "reset", "--quiet", "--hard", "v1.0.0")
    for tag in git(repository, "tag").split():
        if tag != "v1.0.0":
            git(repository, "tag", "--delete", tag)


@pytest.fixture
def project(installed: Project) -> Iterator[Project]:
    """The project, to be changed by the test."""
    yield installed
    git(installed.path, "reset", "--quiet", "--hard", "as-made")
    git(installed.path, "clean", "--quiet", "--force", "-d")


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text that is in the file, or write the file if there is no old text."""
    path = folder / name
    before = path.read_text(encoding="utf-8") if old else ""
    assert old in before
    path.write_text(before.replace(old, new) if old else new, encoding="utf-8")


def release(template: Path, tag: str, name: str, old: str, new: str) -> None:
    """Tag a version of the template in which a file of the project differs."""
    change(template / TEMPLATE.name, name, old, new)
    commit_all(template)
    git(template, "tag", tag)


def commit_unreleased_change(template: Path) -> None:
    """Commit a change of the template that no release has."""
    change(template / TEMPLATE.name, "Makefile", FIRST, f"# Not released.\n{FIRST}")
    commit_all(template)


def refusal(project: Project, target: str, *arguments: str) -> str:
    """Run a target that must fail, and return what it says besides make's own line."""
    result = make(project.path, target, *arguments)
    assert result.returncode != 0, result.stdout
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    assert lines[-1].startswith("make: ***")
    assert lines[0].startswith(f"{target}: ")
    return "\n".join(lines[:-1])


def test_an_update_takes_the_newest_release_and_says_what_to_run(
    template: Path, project: Project
) -> None:
    release(template, "v1.9.0", "app/added.py", "", '"""Of 1.9."""\n')
    release(template, "v1.10.0", "Makefile", FIRST, f"# From 1.10.\n{FIRST}")
    commit_unreleased_change(template)

    output = succeed(project.path, "template-update")

    assert "The project has v1.10.0 of its template now." in output
    for command in ("make lint", "make check", "make revision m=", "make test"):
        assert f"\n  {command}" in output
    assert project.text("Makefile").startswith(f"# From 1.10.\n{FIRST}")
    assert project.has_file("app/added.py")
    assert json.loads(project.text(".cruft.json"))["checkout"] == "v1.10.0"
    commit_all(project.path)
    assert "Nothing to do" in succeed(project.path, "template-update")


def test_a_project_that_is_newer_than_the_newest_release_stays_as_it_is(
    template: Path, project: Project
) -> None:
    commit_unreleased_change(template)
    link = json.loads(project.text(".cruft.json"))
    link["commit"] = git(template, "rev-parse", "HEAD").strip()
    (project.path / ".cruft.json").write_text(json.dumps(link))
    commit_all(project.path)

    assert "Nothing to do" in succeed(project.path, "template-update")
    assert "has the newest release" in succeed(project.path, "template-check")
    assert git(project.path, "status", "--porcelain") == ""


def test_an_update_goes_to_the_release_that_is_named(template: Path, project: Project) -> None:
    release(template, "v1.1.0", "Makefile", FIRST, f"# From 1.1.\n{FIRST}")
    release(template, "v1.2.0", "Makefile", FIRST, f"# From 1.2.\n{FIRST}")

    output = succeed(project.path, "template-update", "to=v1.1.0")

    assert "The project has v1.1.0 of its template now." in output
    assert "# From 1.2." not in project.text("Makefile")


def test_an_update_leaves_revisions_alone_that_databases_have(
    template: Path, project: Project
) -> None:
    release(template, "v1.1.0", CREATE_USERS, "import sqlalchemy as sa", "import sqlalchemy as s")
    added = "migrations/versions/2027_01_01_0900-aaaaaaaaaaaa_add.py"
    release(template, "v1.2.0", added, "", '"""Of the template."""\n')
    before = project.text(CREATE_USERS)

    succeed(project.path, "template-update")

    assert project.text(CREATE_USERS) == before
    assert not project.has_file(added)


def test_an_update_keeps_what_is_not_committed(template: Path, project: Project) -> None:
    release(template, "v1.1.0", "Makefile", FIRST, f"# From 1.1.\n{FIRST}")
    change(project.path, "app/own.py", "", '"""Own."""\n')

    said = refusal(project, "template-update")

    assert "changes that are not committed (`git status` names them)" in said
    assert git(project.path, "status", "--porcelain") == "?? app/own.py\n"


def test_a_project_outside_of_git_is_not_updated(project: Project, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(project.path, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))

    assert "is not in a git repository" in refusal(Project(copy), "template-update")


@pytest.mark.parametrize("target", ["template-update", "template-check"])
def test_a_project_that_does_not_know_its_template_is_told_where_to_read_on(
    project: Project, target: str
) -> None:
    git(project.path, "rm", "--quiet", ".cruft.json")
    commit_all(project.path)

    said = refusal(project, target)

    assert "there is no .cruft.json" in said
    assert "docs/updating.md has the command" in said
    assert "uvx cruft link" in project.text("docs/updating.md")


@pytest.mark.parametrize("target", ["template-update", "template-check"])
def test_a_template_that_cannot_be_reached_is_one_sentence(project: Project, target: str) -> None:
    link = json.loads(project.text(".cruft.json"))
    link["template"] = (project.path / "gone").as_uri()
    (project.path / ".cruft.json").write_text(json.dumps(link))
    commit_all(project.path)

    said = refusal(project, target)

    assert f"{link['template']} cannot be reached" in said
    assert len(said.splitlines()) == 1


@pytest.mark.usefixtures("template")
def test_a_release_that_is_not_there_is_named(project: Project) -> None:
    said = refusal(project, "template-update", "to=v9.9.9")

    assert "v9.9.9" in said
    assert len(said.splitlines()) == 1


def test_lines_that_both_changed_fail_the_update_and_are_marked(
    template: Path, project: Project
) -> None:
    release(template, "v1.1.0", "Makefile", FIRST, "# Theirs.")
    change(project.path, "Makefile", FIRST, "# Ours.")
    commit_all(project.path)

    said = refusal(project, "template-update")

    assert "\n  Makefile: both versions are in it" in said
    assert "make check" in said
    assert "<<<<<<<" in project.text("Makefile")


def test_what_does_not_fit_is_put_beside_the_file_and_fails_the_update(
    template: Path, project: Project, tmp_path: Path
) -> None:
    release(template, "v1.1.0", "Makefile", FIRST, "# Theirs.")
    copy = tmp_path / "copy"
    shutil.copytree(project.path, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    change(copy, "Makefile", FIRST, "# Ours.")
    git(copy, "init", "--quiet")  # whose history lacks what the template made
    commit_all(copy)

    said = refusal(Project(copy), "template-update")

    assert "\n  Makefile: what did not fit is in Makefile.rej" in said
    assert "Theirs" in (copy / "Makefile.rej").read_text()


def test_a_file_that_both_added_fails_the_update_and_stays_as_it_was(
    template: Path, project: Project
) -> None:
    release(template, "v1.1.0", "app/models/order.py", "", '"""Theirs."""\n')
    change(project.path, "app/models/order.py", "", '"""Ours."""\n')
    commit_all(project.path)

    said = refusal(project, "template-update")

    assert "app/models/order.py" in said
    assert '"""Ours."""' in project.text("app/models/order.py")


def test_the_check_fails_as_soon_as_there_is_a_newer_release(
    template: Path, project: Project
) -> None:
    commit_unreleased_change(template)
    assert "has the newest release" in succeed(project.path, "template-check")

    git(template, "tag", "v1.1.0")

    said = refusal(project, "template-check")
    assert "the template has v1.1.0, which this project has not" in said
    assert "`make template-update` brings it" in said


GH = """#!/bin/sh
echo "$@" >>calls
case "$2" in list) echo OPEN ;; create) cat message.txt >>calls ;; esac
"""


@pytest.mark.parametrize(("open_issues", "opened"), [("0", True), ("1", False)])
def test_the_weekly_job_opens_an_issue_unless_there_is_one(
    template: Path, project: Project, tmp_path: Path, open_issues: str, opened: bool
) -> None:
    release(template, "v1.1.0", "Makefile", FIRST, f"# From 1.1.\n{FIRST}")
    program = tmp_path / "gh"
    program.write_text(GH.replace("OPEN", open_issues))
    program.chmod(0o755)
    workflow = yaml.safe_load(project.text(".github/workflows/template.yml"))
    check, report = workflow["jobs"]["check"]["steps"][-2:]
    path = f"{tmp_path}{os.pathsep}{clean_environment()['PATH']}"
    environment = clean_environment(PATH=path, TITLE=report["env"]["TITLE"])

    results = [
        subprocess.run(
            # As GitHub starts a bash that is asked for, and the one that is not.
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=project.path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
        )
        for step in (check, report)
    ]

    assert check["shell"] == "bash"
    assert [result.returncode != 0 for result in results] == [True, False], results
    calls = project.text("calls")
    assert calls.startswith(f'issue list --search in:title "{report["env"]["TITLE"]}"')
    assert bool(re.search("issue create --title .*the template has v1.1.0", calls, re.S)) == opened
