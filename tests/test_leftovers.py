"""Left-overs of tools in the template's folder, which stay there."""

import json
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
from baking import ROOT, TEMPLATE, Project, bake_on_the_command_line, copy_template, write_config

CACHES = ["__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache"]
FOLDERS = [*CACHES, ".hypothesis", ".idea", ".vscode"]
FILES = [".DS_Store", ".coverage", ".coverage.host.123", "old.pyc", ".post.py.swp", "post.py~"]
NO_TEXT = b"\xff\xfe{{ not jinja }}\xff"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return copy_template(tmp_path / "template")


def every_file(project: Path) -> set[str]:
    """Return the names of all files and folders but those of git."""
    names = {path.relative_to(project).as_posix() for path in project.rglob("*")}
    return {name for name in names if not name.startswith(".git/")}


@pytest.mark.parametrize("starter", ["blog", "blank"])
def test_caches_in_the_template_neither_stop_a_bake_nor_get_into_it(
    tmp_path: Path, template: Path, starter: str
) -> None:
    answers = f"starter={starter}"
    assert bake_on_the_command_line(tmp_path, answers, template=template).returncode == 0
    clean = every_file(tmp_path / "out/my-api")
    shutil.rmtree(tmp_path / "out")
    for folder in ("", "app", "app/dependencies", "app/removed", "licenses", "migrations/versions"):
        for name in [*FILES, *(f"{cache}/deep/file" for cache in FOLDERS)]:
            path = template / TEMPLATE.name / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(NO_TEXT)

    result = bake_on_the_command_line(tmp_path, answers, template=template)

    assert result.returncode == 0, result.stderr
    assert every_file(tmp_path / "out/my-api") == clean


def test_the_caches_of_a_project_stay_when_it_is_baked_over(tmp_path: Path, template: Path) -> None:
    bake_on_the_command_line(tmp_path, template=template)
    project = tmp_path / "out/my-api"
    for folder in (template / TEMPLATE.name, project):
        for name in (".ruff_cache/same", ".ruff_cache/other", ".coverage", "app/.hypothesis/x"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(NO_TEXT if name.endswith("same") else bytes(folder))
    (project / "tests/.mypy_cache").mkdir()
    before = every_file(project)

    result = bake_on_the_command_line(tmp_path, "--overwrite-if-exists", template=template)

    assert result.returncode == 0, result.stderr
    assert every_file(project) == before
    assert (project / ".ruff_cache/other").read_bytes() == bytes(project)
    assert (project / ".coverage").read_bytes() == bytes(project)
    assert "Kept" not in result.stdout


def test_a_template_that_is_named_from_where_its_user_is_has_no_leftovers_either(
    tmp_path: Path, template: Path
) -> None:
    (template / TEMPLATE.name / ".DS_Store").write_bytes(NO_TEXT)
    command = [sys.executable, "-m", "cookiecutter", ".", "--no-input", "--output-dir", "../out"]
    config = ["--config-file", str(write_config(tmp_path))]

    result = subprocess.run([*command, *config], cwd=template, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "out/my-api/.DS_Store").exists()


@pytest.mark.parametrize(
    "name",
    [".env", ".env.local", ".venv/x", ".uv/x", ".postgres/x", ".git/x", "uv.lock", "app/.venv/x"],
)
def test_a_project_that_was_run_in_the_template_is_refused_and_not_copied(
    tmp_path: Path, template: Path, name: str
) -> None:
    bake_on_the_command_line(tmp_path)
    project = Project(tmp_path / "out/my-api")
    (project.path / ".env").write_text("SECRET_KEY=mine")
    before = {each: project.text(each) for each in project.files()}
    left = template / TEMPLATE.name / name
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text("SECRET_KEY=hunter2")

    result = bake_on_the_command_line(
        tmp_path, "--overwrite-if-exists", "docker=no", template=template
    )

    assert result.returncode == 1
    [refusal] = [line for line in result.stderr.splitlines() if line.startswith("Refused: ")]
    assert f"delete what it left, {name.removesuffix('/x')}, from '{left.parents[-1]}" in refusal
    assert {each: project.text(each) for each in project.files()} == before


def test_no_file_of_the_template_is_taken_for_a_leftover() -> None:
    patterns = json.loads((ROOT / "cookiecutter.json").read_text())["_copy_without_render"]
    tracked = subprocess.run(
        ["git", "ls-files", "-z", TEMPLATE.name], cwd=ROOT, capture_output=True, text=True
    ).stdout.split("\0")[:-1]

    assert tracked
    assert [name for name in tracked if any(fnmatch(name, each) for each in patterns)] == []
