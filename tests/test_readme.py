"""Commands and links of README.md, as a newcomer follows them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from baking import ROOT, Bakery, Project, copy_template
from running import clean_environment, serving, stop_postgres

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in re.findall(r"```\n(.*?)```", README, re.DOTALL)]
START = BLOCKS[0]
[CRUFT] = [block for block in BLOCKS if "cruft create" in block[-1]]
ADDRESS = "https://github.com/<org>/cookiecutter-fastapi-alembic"
EVERY_DEFAULT = "\n" * 10


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A repository of this template, as a user clones it."""
    folder = copy_template(tmp_path / "template")
    repository = Project(folder)
    identity = ("-c", "user.name=Acme", "-c", "user.email=api@example.com")
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message=All"]):
        assert repository.run("git", *identity, *command).returncode == 0
    return folder


def type_lines(folder: Path, template: Path, lines: list[str]) -> Project:
    """Type the lines in a shell, with this template's address, and return the project."""
    assert ADDRESS in lines[0]
    result = subprocess.run(
        ["bash", "-euc", "\n".join(lines).replace(ADDRESS, str(template))],
        cwd=folder,
        env=clean_environment(HOME=str(folder)),
        input=EVERY_DEFAULT,
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return Project(folder / "my-api")


@pytest.mark.installs
def test_the_first_commands_make_a_project_that_runs(tmp_path: Path, template: Path) -> None:
    *lines, enter, run = START
    assert enter == "cd my-api"
    project = type_lines(tmp_path, template, [*lines, enter])
    try:
        with serving(project.path, *run.split(), "port=PORT") as client:
            assert client.get("/docs").status_code == 200
    finally:
        stop_postgres(project)


@pytest.mark.installs
@pytest.mark.parametrize("line", re.findall(r'`([^`]* "\$template")`', README))
def test_other_programs_make_the_same_project(
    tmp_path: Path, template: Path, baked: Bakery, line: str
) -> None:
    program = line.split()[0]
    if not shutil.which(program, path=clean_environment()["PATH"]):
        pytest.skip(f"needs {program}")

    project = type_lines(tmp_path, template, [START[0], line])

    assert project.files() - {".cruft.json"} == baked().files()


@pytest.mark.installs
def test_the_commands_for_later_versions_make_a_project_that_can_take_them(
    tmp_path: Path, template: Path, baked: Bakery
) -> None:
    project = type_lines(tmp_path, template, [*START[:2], *CRUFT])

    assert project.files() == baked().files() | {".cruft.json"}


def test_every_link_to_a_file_leads_to_one() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


@pytest.mark.parametrize("starter", ["blog", "users", "blank"])
def test_every_link_of_a_project_leads_to_a_file_of_it(baked: Bakery, starter: str) -> None:
    project = baked(starter=starter, ci="none", docker="no")
    links = {
        Path(name).parent / link
        for name in project.files()
        if name.endswith(".md")
        for link in re.findall(r"\]\(([^)#:]+)\)", project.text(name))
    }

    assert Path("docs/scaling.md") in links
    assert {str(link) for link in links if not project.has_file(str(link))} == set()


@pytest.mark.parametrize("starter", ["blog", "users", "blank"])
def test_the_readme_of_a_project_is_short_and_says_where_to_look(
    baked: Bakery, starter: str
) -> None:
    lines = baked(starter=starter).text("README.md").splitlines()
    headings = [line for line in lines if line.startswith("## ")]

    assert len(lines) <= 80
    assert headings == ["## Run it", "## Layout", "## Add a resource", "## Change the schema"]


@pytest.mark.parametrize("starter", ["blog", "users", "blank"])
@pytest.mark.parametrize("options", [("github", "yes"), ("gitlab", "yes"), ("none", "no")])
def test_no_file_of_a_project_has_a_placeholder(
    baked: Bakery, starter: str, options: tuple[str, str]
) -> None:
    project = baked(starter=starter, ci=options[0], docker=options[1])
    placeholder = r"<(?:org|owner|repo|user)[a-z]*>|\b(?:TODO|FIXME|XXX|CHANGEME|your-org)\b"
    found = {
        f"{name}: {left[0]}"
        for name in project.files()
        if (left := re.search(placeholder, project.text(name)))
    }

    assert found == set()


def test_the_address_of_the_template_is_the_only_placeholder_and_is_there_once() -> None:
    assert re.findall(r"\S*<org>\S*", README) == [f"template={ADDRESS}"]


def test_no_command_has_a_comment_which_zsh_would_not_take_for_one() -> None:
    assert [
        line
        for block in BLOCKS
        if block[0].startswith(("template=", "bakery/"))
        for line in block
        if "#" in line
    ] == []


def test_readme_is_short() -> None:
    assert len(README.splitlines()) <= 120
