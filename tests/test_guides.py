"""AGENTS.md of a project and SKILL.md of the package name what there is."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import alembic_workflow
import pytest
from alembic.config import CommandLine
from alembic_workflow.commands.main import parser
from baking import TEMPLATE, Bakery, Project
from running import clean_environment

STARTERS = ("blog", "users", "blank")
PACKAGE = TEMPLATE / "packages" / "alembic-workflow"
GUIDE = Path("alembic_workflow/.agents/skills/alembic-workflow/SKILL.md")
SKILL = (PACKAGE / "src" / GUIDE).read_text(encoding="utf-8")
_, OWN_COMMANDS = parser()
USAGE = CommandLine("alembic").parser.format_help()
ALEMBICS = set("".join(re.findall(r"^  \{([\w,]+)\}$", USAGE, re.MULTILINE)).split(","))


def targets(project: Project) -> set[str]:
    """Return the targets that `make` lists."""
    return set(re.findall(r"^([a-z-]+):.*## ", project.text("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("starter", STARTERS)
def test_every_command_and_file_of_agents_md_is_there(baked: Bakery, starter: str) -> None:
    project = baked(starter=starter)
    text = project.text("AGENTS.md")
    named = re.findall(r"`([\w./-]+(?:/|\.\w+))`", text)
    folders = ("", "app/")

    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets(project)
    assert "app/" in named
    ignored = {".env", "uv.lock"}  # which make writes
    assert {
        name
        for name in set(named) - ignored
        if not any((project.path / folder / name).exists() for folder in folders)
    } == set()


def test_agents_md_names_the_commands_by_which_a_change_is_seen_to_be_right(
    baked: Bakery,
) -> None:
    checks = {"lint", "test", "check", "lint-migrations", "revision", "upgrade"}

    assert set(re.findall(r"`make ([a-z-]+)", baked().text("AGENTS.md"))) >= checks


@pytest.mark.parametrize("starter", STARTERS)
def test_agents_md_is_a_page(baked: Bakery, starter: str) -> None:
    assert len(baked(starter=starter).text("AGENTS.md").splitlines()) <= 40


def test_every_command_of_the_packages_guide_is_there_and_none_of_its_own_is_missing(
    baked: Bakery,
) -> None:
    named = set(re.findall(r"`python -m alembic_workflow ([a-z]+)", SKILL))

    assert named <= {*OWN_COMMANDS, *ALEMBICS}
    assert named >= set(OWN_COMMANDS)
    assert set(re.findall(r"`make ([a-z-]+)", SKILL)) <= targets(baked())


def test_the_packages_guide_imports_what_revisions_may_import() -> None:
    [block] = re.findall(r"from alembic_workflow import \((.*?)\)", SKILL, re.DOTALL)

    assert sorted(re.findall(r"\w+", block)) == sorted(alembic_workflow.__all__)


def test_the_packages_guide_says_when_to_use_it() -> None:
    _, heading, _ = SKILL.split("---\n", 2)

    assert [line.partition(":")[0] for line in heading.splitlines()] == ["name", "description"]
    assert heading.startswith("name: alembic-workflow\n")


def test_agents_md_leads_to_the_packages_guide(baked: Bakery) -> None:
    [path] = re.findall(r"`(\S+/SKILL\.md)`", baked().text("AGENTS.md"))

    assert baked().text(path) == SKILL


@pytest.mark.installs
def test_the_guide_is_installed_with_the_package(baked: Bakery, tmp_path: Path) -> None:
    subprocess.run(
        [
            *("uv", "build", "--quiet", "--wheel", "--python", sys.executable),
            *("--out-dir", str(tmp_path), "packages/alembic-workflow"),
        ],
        cwd=baked().path,
        env=clean_environment(),
        check=True,
    )

    [wheel] = tmp_path.glob("*.whl")
    assert GUIDE.as_posix() in zipfile.ZipFile(wheel).namelist()
