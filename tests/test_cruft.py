"""Projects come from a git URL, and take later versions of the template with cruft."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from baking import TEMPLATE, Project, bake, write_config
from updating import commit_all, create, cruft, git, template_repository

ANSWERS = {"project_name": 'Say "hi" & \\ 😀', "project_slug": "my-api", "starter": "users"}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Return a repository of this template that the test may change."""
    return template_repository(tmp_path / "template")


@pytest.fixture
def project(tmp_path: Path, template: Path) -> Project:
    """Return a project made by cruft and committed as its message says."""
    return create(template, tmp_path, **ANSWERS)


def test_cruft_makes_the_same_project_as_cookiecutter(project: Project, tmp_path: Path) -> None:
    with_cookiecutter = bake(tmp_path / "cookiecutter", **ANSWERS)

    assert project.files() == with_cookiecutter.files() | {".cruft.json"}
    for name in with_cookiecutter.files():
        assert project.text(name) == with_cookiecutter.text(name)


def test_cookiecutter_bakes_from_a_git_url(template: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    url = f"git+{template.as_uri()}"  # the prefix is for addresses that do not contain "git"
    command = [sys.executable, "-m", "cookiecutter", url, "--no-input"]
    options = ["--output-dir", str(out), "--config-file", str(write_config(tmp_path))]
    result = subprocess.run([*command, *options], capture_output=True, encoding="utf-8")

    assert result.returncode == 0, result.stderr
    assert Project(out / "my-api").files() == bake(tmp_path / "local").files()


def test_a_new_project_is_up_to_date(project: Project) -> None:
    result = cruft("check", "--project-dir", str(project.path))

    assert result.returncode == 0, result.stdout
    assert "up to date" in result.stdout


def test_an_update_changes_what_the_template_changed_and_nothing_else(
    project: Project, template: Path
) -> None:
    before = {name: project.text(name) for name in project.files()}
    inner = template / TEMPLATE.name
    (inner / "Makefile").write_text((inner / "Makefile").read_text() + "\n# From version two\n")
    (inner / "app" / "added.py").write_text('"""Came with version two."""\n')
    (inner / "scripts" / "__init__.py").unlink()
    commit_all(template)
    (project.path / "app" / "own.py").write_text('"""The project\'s own."""\n')
    commit_all(project.path)
    assert cruft("check", "--project-dir", str(project.path)).returncode == 1

    update = cruft("update", "--skip-apply-ask", "--project-dir", str(project.path))

    assert update.returncode == 0, update.stderr
    assert cruft("check", "--project-dir", str(project.path)).returncode == 0
    expected = {
        **before,
        "Makefile": before["Makefile"] + "\n# From version two\n",
        "app/added.py": '"""Came with version two."""\n',
        "app/own.py": '"""The project\'s own."""\n',
    }
    del expected["scripts/__init__.py"], expected[".cruft.json"]
    after = {name: project.text(name) for name in project.files() - {".cruft.json"}}
    assert after == expected


def test_a_project_made_by_cookiecutter_can_be_linked_and_updated(
    template: Path, tmp_path: Path
) -> None:
    project = bake(tmp_path / "cookiecutter", **ANSWERS)
    linked = cruft(
        *("link", template.as_uri(), "--no-input", "--project-dir", str(project.path)),
        *("--extra-context", json.dumps(ANSWERS)),
    )
    assert linked.returncode == 0, linked.stderr
    commit_all(project.path)
    inner = template / TEMPLATE.name
    (inner / "Makefile").write_text((inner / "Makefile").read_text() + "\n# From version two\n")
    commit_all(template)

    update = cruft("update", "--skip-apply-ask", "--project-dir", str(project.path))

    assert update.returncode == 0, update.stderr
    assert project.text("Makefile").endswith("# From version two\n")


def test_the_documented_command_links_a_project_that_cookiecutter_made(
    template: Path, tmp_path: Path
) -> None:
    git(template, "tag", "v1.0.0")
    project = bake(tmp_path / "cookiecutter")
    [line] = re.findall("^    uvx cruft (link .*) ADDRESS$", project.text("docs/updating.md"), re.M)

    linked = subprocess.run(
        [sys.executable, "-m", "cruft", *line.split(), template.as_uri()],
        cwd=project.path,
        env=os.environ | {"HOME": str(tmp_path)},
        input="\n" * 11,  # the default answers, and the commit
        capture_output=True,
        encoding="utf-8",
    )

    assert linked.returncode == 0, linked.stderr
    link = json.loads(project.text(".cruft.json"))
    assert (link["commit"], link["checkout"]) == (
        git(template, "rev-parse", "v1.0.0").strip(),
        "v1.0.0",
    )
    check = cruft("diff", "--exit-code", "--project-dir", str(project.path))
    assert check.returncode == 0, check.stdout


def test_a_project_made_by_cruft_over_another_keeps_what_was_written(
    project: Project, template: Path, tmp_path: Path
) -> None:
    own = project.path / "app/models/post.py"
    own.write_text("# mine")

    result = cruft(
        *("create", template.as_uri(), "--no-input", "--output-dir", str(tmp_path / "out")),
        *("--config-file", str(write_config(tmp_path)), "--extra-context", json.dumps(ANSWERS)),
        "--overwrite-if-exists",
    )

    assert result.returncode == 0, result.stderr
    assert own.read_text() == "# mine"
    assert "Kept app/models/post.py: you wrote or changed" in result.stdout


def test_a_refusal_of_cruft_offers_the_other_answers(template: Path, tmp_path: Path) -> None:
    answers = {**ANSWERS, "project_name": "It's mine", "author_email": "nobody"}
    options = ("--no-input", "--output-dir", str(tmp_path), "--default-config")
    refused = cruft("create", template.as_uri(), *options, "--extra-context", json.dumps(answers))
    [advice] = re.findall(r"^  (--extra-context .*)", refused.stderr, re.MULTILINE)

    result = cruft("create", template.as_uri(), *options, *shlex.split(advice))

    assert "Refused: author_email 'nobody' is not an address" in refused.stderr
    assert result.returncode == 0, result.stderr
    assert "It's mine" in Project(tmp_path / "my-api").text("README.md")
