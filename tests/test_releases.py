"""The version of the template: where it is written, and how it gets its tag."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from baking import ROOT, Bakery
from updating import commit_all, git

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "version"
]


def test_the_version_is_the_same_wherever_it_is_written() -> None:
    answers = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))

    assert answers["__template_version"] == VERSION
    newest = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)[0]
    assert newest == ("Unreleased" if "dev" in VERSION else VERSION)


@pytest.mark.parametrize("starter", ["blog", "users", "blank"])
def test_every_project_says_which_version_of_the_template_made_it(
    baked: Bakery, starter: str
) -> None:
    tools = tomllib.loads(baked(starter=starter).text("pyproject.toml"))["tool"]

    assert tools["cookiecutter-fastapi-alembic"] == {"version": VERSION}


def test_every_section_of_the_changelog_says_what_to_do() -> None:
    sections = re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]

    assert [section for section in sections if "\n### What to do\n" not in section] == []


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with what a release is made from."""
    for name in (".ci/release", "pyproject.toml", "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    return tmp_path


def prepare(repository: Path, version: str, section: str) -> None:
    """Commit a version with its section of the changelog."""
    text = (repository / "pyproject.toml").read_text()
    changed = re.sub(r'^version = ".*"', f'version = "{version}"', text, flags=re.MULTILINE)
    (repository / "pyproject.toml").write_text(changed)
    (repository / "CHANGELOG.md").write_text(f"# Changelog\n\n{section}\n## 1.1.0\n\nOlder.\n")
    commit_all(repository)


def run_release(repository: Path) -> subprocess.CompletedProcess[str]:
    """Run what the release workflow runs."""
    return subprocess.run(
        [".ci/release", "notes.md"], cwd=repository, capture_output=True, encoding="utf-8"
    )


def test_a_version_without_a_tag_gets_one_with_its_section_as_notes(repository: Path) -> None:
    prepare(repository, "1.2.0", "## 1.2.0\n\n### What to do\n\n- Nothing.\n")

    assert run_release(repository).stdout == "tag=v1.2.0\n"
    assert (repository / "notes.md").read_text().strip() == "### What to do\n\n- Nothing."


def test_a_version_that_has_its_tag_is_not_released_again(repository: Path) -> None:
    prepare(repository, "1.2.0", "## 1.2.0\n\n### What to do\n\n- Nothing.\n")
    git(repository, "tag", "v1.2.0")

    result = run_release(repository)

    assert (result.returncode, result.stdout) == (0, "")


def test_a_version_in_development_is_not_released(repository: Path) -> None:
    prepare(repository, "1.2.0.dev0", "## Unreleased\n\n### What to do\n\n- Nothing.\n")

    result = run_release(repository)

    assert (result.returncode, result.stdout) == (0, "")


def test_a_version_whose_changelog_says_nothing_is_refused(repository: Path) -> None:
    prepare(repository, "1.2.0", "## Unreleased\n\n### What to do\n\n- Nothing.\n")

    result = run_release(repository)

    assert (result.returncode, result.stdout) == (1, "")
    assert 'needs a section "## 1.2.0" with "### What to do"' in result.stderr
