"""The git history that a new project starts with."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from baking import Project, bake_on_the_command_line

Bake = Callable[..., Project]


@pytest.fixture(autouse=True)
def _git_knows_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the developer's git configuration, and a repository that may be around the tests."""
    for variable in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.delenv("EMAIL", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.resolve().parent))


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints."""
    result = Project(folder).run("git", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_a_new_project_is_one_commit_on_main_with_every_file(bake: Bake) -> None:
    project = bake()

    assert git(project.path, "log", "--all", "--format=%s %D") == (
        "Create the project from cookiecutter-fastapi-alembic HEAD -> main"
    )
    assert git(project.path, "status", "--porcelain") == ""
    assert set(git(project.path, "ls-files").splitlines()) == project.files()


def test_the_first_commit_is_by_the_author_if_git_knows_nobody(bake: Bake) -> None:
    project = bake(author_name="R&D 'Acme' Ltd", author_email="api@example.com")

    author = "R&D 'Acme' Ltd <api@example.com>"
    assert git(project.path, "log", "--format=%an <%ae>, %cn <%ce>") == f"{author}, {author}"
    assert "user" not in git(project.path, "config", "--local", "--list")


def test_the_first_commit_names_the_project_if_there_is_no_author(bake: Bake) -> None:
    assert git(bake().path, "log", "--format=%an <%ae>") == "My API <nobody@localhost>"


def test_the_first_commit_is_by_whom_git_is_configured_for(tmp_path: Path, bake: Bake) -> None:
    (tmp_path / "gitconfig").write_text("[user]\nname = Git\nemail = git@example.com\n")

    project = bake(author_name="Acme", author_email="api@example.com")

    assert git(project.path, "log", "--format=%an <%ae>") == "Git <git@example.com>"


def test_signing_and_hooks_do_not_stop_the_first_commit(tmp_path: Path, bake: Bake) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "prepare-commit-msg", "commit-msg"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "gitconfig").write_text(
        f"[commit]\ngpgSign = true\n[gpg]\nprogram = false\n[core]\nhooksPath = {hooks}\n"
    )

    assert git(bake().path, "rev-list", "--count", "HEAD") == "1"


def test_a_project_inside_a_repository_gets_none_of_its_own(
    tmp_path: Path, bake: Bake, capfd: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "init", "--quiet")

    project = bake()

    assert not (project.path / ".git").exists()
    assert git(tmp_path, "diff", "--cached", "--name-only") == ""
    assert "this folder is inside one already" in capfd.readouterr().out


def test_a_project_made_while_git_runs_a_hook_leaves_that_repository_alone(
    tmp_path: Path, bake: Bake, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))

    project = bake()

    assert (project.path / ".git").is_dir()
    assert not (other / ".git" / "index").exists()


def test_without_git_the_project_is_made_and_says_so(tmp_path: Path) -> None:
    result = bake_on_the_command_line(tmp_path, environment={"PATH": str(tmp_path)})

    assert result.returncode == 0, result.stderr
    assert "No git repository was made: git is not installed." in result.stdout
    assert (tmp_path / "out" / "my-api" / "pyproject.toml").is_file()


def test_a_failure_of_git_does_not_fail_the_project(tmp_path: Path) -> None:
    (tmp_path / "gitconfig").write_text("[core]\nbare = perhaps\n")

    result = bake_on_the_command_line(tmp_path)

    assert result.returncode == 0, result.stderr
    assert "bad boolean config value 'perhaps'" in result.stdout
    assert (tmp_path / "out" / "my-api" / "pyproject.toml").is_file()


def test_the_next_commands_are_printed(tmp_path: Path) -> None:
    result = bake_on_the_command_line(tmp_path)

    lines = result.stdout.splitlines()
    assert lines[-3:] == ["  cd my-api", "  make run", "  make test"]
    assert len(lines) < 8
