"""Contents of the files of a generated project, for every answer."""

import ast
import re
import sys
from pathlib import Path

import pytest
from baking import TEMPLATE, Bakery, Project
from parsing import parse

STARTERS = ("blog", "users", "blank")


@pytest.mark.parametrize("starter", STARTERS)
def test_nothing_imports_a_deleted_module(baked: Bakery, starter: str) -> None:
    project = baked(starter=starter)
    missing = {
        f"{name} imports {module}"
        for name in python_files(project)
        for module in imported_modules(project.text(name))
        if module.split(".")[0] in {"app", "migrations", "scripts", "tests"}
        and not is_module(project.path / module.replace(".", "/"))
    }

    assert missing == set()


def is_module(path: Path) -> bool:
    """Return whether Python finds a module or a package there."""
    return path.with_suffix(".py").is_file() or path.is_dir()


def python_files(project: Project) -> list[str]:
    """Return the names of the project's Python files."""
    return sorted(name for name in project.files() if name.endswith(".py"))


def imported_modules(source: str) -> set[str]:
    """Return the absolute names of the modules that the source imports."""
    nodes = list(ast.walk(ast.parse(source)))
    imports = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return imports | {
        node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module
    }


@pytest.mark.parametrize(("starter", "revisions"), [("blog", 8), ("users", 2), ("blank", 0)])
def test_the_revisions_of_a_starter_form_one_line(
    baked: Bakery, starter: str, revisions: int
) -> None:
    versions = baked(starter=starter).path / "migrations" / "versions"
    assert versions.is_dir()
    sources = [path.read_text(encoding="utf-8") for path in sorted(versions.glob("*.py"))]
    line = [constant(source, "revision") for source in sources]

    assert len(line) == revisions
    assert [constant(source, "down_revision") for source in sources] == [None, *line][:-1]


def constant(source: str, name: str) -> object:
    """Return the value that the module gives the name, without importing what it imports."""
    for node in ast.parse(source).body:
        match node:
            case (
                ast.AnnAssign(target=ast.Name(id=target), value=ast.Constant(value=value))
                | ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=value))
            ) if target == name:
                return value
    raise LookupError(name)


@pytest.mark.parametrize("starter", STARTERS)
def test_no_jinja_is_left(baked: Bakery, starter: str) -> None:
    project = baked(starter=starter, ci="gitlab")
    left = {
        f"{name}: {found[0]}"
        for name in project.files()
        if (found := re.search(r"(?<!\$)\{\{.*|\{[%#].*|cookiecutter\.\w+", project.text(name)))
    }

    assert left == set()


def test_no_python_file_of_the_template_contains_jinja_but_the_one_with_the_names(
    baked: Bakery,
) -> None:
    project, template = baked(), Project(TEMPLATE)
    rendered = {
        name for name in python_files(template) if project.text(name) != template.text(name)
    }

    assert rendered == {"app/__init__.py"}


@pytest.mark.parametrize("starter", STARTERS)
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_every_file_is_well_formed(baked: Bakery, starter: str, ci: str) -> None:
    project = baked(starter=starter, ci=ci)

    for name in project.files():
        parse(project.path / name)
        assert project.text(name) == "" or project.text(name).endswith("\n"), name
        assert not re.search(r"[ \t]+$|\n\n\n\n|\n\n\Z", project.text(name)), name


@pytest.mark.parametrize("starter", STARTERS)
@pytest.mark.parametrize("python_version", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("check", ["check", "format --check"])
def test_ruff_finds_nothing(baked: Bakery, starter: str, python_version: str, check: str) -> None:
    project = baked(starter=starter, python_version=python_version)

    result = project.run(sys.executable, "-m", "ruff", *check.split(), "--no-cache")

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("license_", "first_line"),
    [
        ("MIT", "MIT License"),
        ("Apache-2.0", "Apache License"),
        ("BSD-3-Clause", "BSD 3-Clause License"),
        ("Proprietary", "Copyright (c) Acme. All rights reserved."),
    ],
)
def test_the_chosen_licence_is_granted_by_the_author(
    baked: Bakery, license_: str, first_line: str
) -> None:
    text = baked(license=license_, author_name="Acme").text("LICENSE")

    assert text.strip().splitlines()[0].strip() == first_line
    assert ("Copyright (c) Acme" in text) == (license_ != "Apache-2.0")
    assert not re.search(r"\b20[12]\d\b", text)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_python_version_is_the_same_everywhere(baked: Bakery, version: str) -> None:
    github, gitlab = (baked(python_version=version, ci=ci) for ci in ("github", "gitlab"))

    assert f'requires-python = ">={version},<3.15"' in github.text("pyproject.toml")
    assert github.text(".python-version") == f"{version}\n"
    assert "python-version-file: .python-version" in github.text(".github/workflows/ci.yml")
    assert f"image: python:{version}-slim" in gitlab.text(".gitlab-ci.yml")
    assert f"python:{version}" in github.text(".devcontainer/devcontainer.json")
    images = re.findall(r"^FROM (\S+)", github.text("Dockerfile"), re.MULTILINE)
    assert images == [f"python:{version}-slim"] * 2
