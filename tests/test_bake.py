"""What a generated project consists of, for every answer."""

import ast
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from baking import ROOT, TEMPLATE, Bakery, Project, bake_on_the_command_line
from parsing import parse

Bake = Callable[..., Project]

HOOK = runpy.run_path(str(ROOT / "hooks" / "post_gen_project.py"))
STARTERS = ("blog", "users", "blank")

EVERY_PROJECT = {
    ".env.example",
    ".gitignore",
    ".pre-commit-config.yaml",
    "LICENSE",
    "Makefile",
    "README.md",
    "alembic.ini",
    "app/__init__.py",
    "app/config.py",
    "app/database.py",
    "app/errors.py",
    "app/logging.py",
    "app/main.py",
    "app/models/__init__.py",
    "app/models/base.py",
    "app/routers/__init__.py",
    "app/routers/health.py",
    "app/schemas/__init__.py",
    "app/schemas/base.py",
    "migrations/__init__.py",
    "migrations/env.py",
    "migrations/script.py.mako",
    "migrations/versions/.gitkeep",
    "migrations/workflow/__init__.py",
    "migrations/workflow/directives.py",
    "migrations/workflow/ownership.py",
    "migrations/workflow/rendering.py",
    "migrations/workflow/server_defaults.py",
    "pyproject.toml",
    "scripts/__init__.py",
    "scripts/database.py",
    "scripts/postgres.py",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/databases.py",
    "tests/test_config.py",
    "tests/test_errors.py",
    "tests/test_health.py",
    "tests/test_isolation.py",
    "tests/test_logging.py",
    "tests/test_migrations.py",
    "tests/test_models.py",
    "tests/test_routers.py",
}
USERS = {
    "app/dependencies/__init__.py",
    "app/dependencies/users.py",
    "app/models/user.py",
    "app/routers/login.py",
    "app/routers/users.py",
    "app/schemas/token.py",
    "app/schemas/user.py",
    "app/security.py",
    "migrations/versions/2026_01_05_0900-5a1c0e7d4b21_create_users.py",
    "tests/factories/__init__.py",
    "tests/factories/users.py",
    "tests/test_login.py",
    "tests/test_security.py",
    "tests/test_users.py",
}
BLOG = {
    "app/dependencies/posts.py",
    "app/models/post.py",
    "app/models/vote.py",
    "app/routers/posts.py",
    "app/routers/votes.py",
    "app/schemas/post.py",
    "migrations/versions/2026_01_06_0900-8d3f2b6a9c04_create_posts.py",
    "migrations/versions/2026_01_07_0900-b2e94c7f1d58_add_an_owner_to_posts.py",
    "migrations/versions/2026_01_08_0900-c6071ad85e39_add_published_to_posts.py",
    "migrations/versions/2026_01_09_0900-e95d30f8b7a6_create_votes.py",
    "tests/factories/posts.py",
    "tests/test_posts.py",
    "tests/test_votes.py",
}
GITHUB = {".github/workflows/ci.yml"}
GITLAB = {".gitlab-ci.yml"}
DOCKER = {".dockerignore", "Dockerfile", "compose.yaml"}


@pytest.mark.parametrize(
    ("answers", "files"),
    [
        ({}, EVERY_PROJECT | USERS | BLOG | GITHUB | DOCKER),
        ({"starter": "users"}, EVERY_PROJECT | USERS | GITHUB | DOCKER),
        ({"starter": "blank"}, EVERY_PROJECT | GITHUB | DOCKER),
        ({"ci": "gitlab"}, EVERY_PROJECT | USERS | BLOG | GITLAB | DOCKER),
        ({"ci": "none"}, EVERY_PROJECT | USERS | BLOG | DOCKER),
        ({"docker": "no"}, EVERY_PROJECT | USERS | BLOG | GITHUB),
        ({"license": "Proprietary"}, EVERY_PROJECT | USERS | BLOG | GITHUB | DOCKER),
        ({"python_version": "3.14"}, EVERY_PROJECT | USERS | BLOG | GITHUB | DOCKER),
        ({"starter": "blank", "ci": "none", "docker": "no"}, EVERY_PROJECT),
    ],
)
def test_a_project_has_exactly_the_files_of_its_options(
    baked: Bakery, answers: dict[str, str], files: set[str]
) -> None:
    assert baked(**answers).files() == files


@pytest.mark.parametrize(
    "answers", [{}, {"starter": "users"}, {"starter": "blank", "ci": "none", "docker": "no"}]
)
def test_no_folder_is_left_empty(baked: Bakery, answers: dict[str, str]) -> None:
    project = baked(**answers).path

    assert [path for path in project.glob("[!.]*/**") if not any(path.iterdir())] == []
    assert not (project / "licenses").exists()
    assert (project / ".github").exists() == (answers.get("ci") != "none")


def test_every_option_has_its_row_in_the_table_of_unwanted_files() -> None:
    assert set(HOOK["UNWANTED"]) == {
        ("starter", "users"),
        ("starter", "blank"),
        ("ci", "github"),
        ("ci", "gitlab"),
        ("ci", "none"),
        ("docker", "no"),
    }


def test_every_file_that_an_option_deletes_is_in_the_template() -> None:
    deleted = {path for paths in HOOK["UNWANTED"].values() for path in paths.split()}
    deleted |= {f"licenses/{name}" for name in HOOK["LICENSES"]}

    assert deleted - Project(TEMPLATE).files() == set()


def test_a_row_that_names_no_file_stops_the_generation(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"typo\.py"):
        HOOK["remove"](tmp_path / "typo.py")


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


@pytest.mark.parametrize(("starter", "revisions"), [("blog", 5), ("users", 1), ("blank", 0)])
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


@pytest.mark.parametrize(
    ("schema", "name", "answers"),
    [
        ("github-workflows", ".github/workflows/ci.yml", {}),
        ("gitlab-ci", ".gitlab-ci.yml", {"ci": "gitlab"}),
        ("compose-spec", "compose.yaml", {}),
        ("compose-spec", "compose.yaml", {"starter": "blank"}),
    ],
)
def test_the_services_that_read_a_file_accept_it(
    baked: Bakery, schema: str, name: str, answers: dict[str, str]
) -> None:
    result = check_schema(baked(**answers), schema, name)

    assert result == "ok -- validation done"


def test_github_accepts_the_workflow_of_the_template_itself() -> None:
    result = check_schema(Project(ROOT), "github-workflows", ".github/workflows/ci.yml")

    assert result == "ok -- validation done"


def check_schema(project: Project, schema: str, name: str) -> str:
    """Return what check-jsonschema says about the file."""
    result = project.run(
        *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", name)
    )
    return (result.stdout + result.stderr).strip()


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_python_version_is_the_same_everywhere(baked: Bakery, version: str) -> None:
    github, gitlab = (baked(python_version=version, ci=ci) for ci in ("github", "gitlab"))

    assert f'requires-python = ">={version}"' in github.text("pyproject.toml")
    assert f'python-version: "{version}"' in github.text(".github/workflows/ci.yml")
    assert f"image: python:{version}-slim" in gitlab.text(".gitlab-ci.yml")
    images = re.findall(r"^FROM (\S+)", github.text("Dockerfile"), re.MULTILINE)
    assert images == [f"python:{version}-slim"] * 2


@pytest.mark.parametrize("starter", STARTERS)
def test_compose_sets_a_secret_key_only_where_logins_are_signed(
    baked: Bakery, starter: str
) -> None:
    services = yaml.safe_load(baked(starter=starter).text("compose.yaml"))["services"]

    assert "DATABASE_PASSWORD" in services["api"]["environment"]
    assert ("SECRET_KEY" in services["api"]["environment"]) == (starter != "blank")


def test_compose_publishes_nothing_beyond_this_machine(baked: Bakery) -> None:
    services = yaml.safe_load(baked().text("compose.yaml"))["services"]

    assert {name: service.get("ports", []) for name, service in services.items()} == {
        "db": [],
        "migrate": [],
        "api": ["127.0.0.1:8000:8000"],
    }


def test_only_what_the_image_needs_is_sent_to_docker(baked: Bakery) -> None:
    project = baked()
    allowed = {
        line.removeprefix("!")
        for line in project.text(".dockerignore").splitlines()
        if line.startswith("!")
    }
    copied = {
        source.removesuffix("*")
        for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", project.text("Dockerfile"), re.M)
        for source in sources.split()
    }

    assert allowed == copied


def test_a_folder_that_exists_is_left_as_it_was(tmp_path: Path) -> None:
    own = tmp_path / "out" / "my-api" / "own.txt"
    own.parent.mkdir(parents=True)
    own.write_text("mine")

    result = bake_on_the_command_line(tmp_path)

    assert result.returncode == 1
    assert 'my-api" directory already exists' in result.stdout
    assert list(own.parent.iterdir()) == [own]
    assert own.read_text() == "mine"


def test_overwriting_a_project_keeps_the_files_that_are_not_the_templates(
    tmp_path: Path, bake: Bake
) -> None:
    project = bake()
    own = [".github/workflows/deploy.yml", "licenses/third-party", "app/routers/orders.py"]
    for name in own:
        (project.path / name).parent.mkdir(exist_ok=True)
        (project.path / name).touch()
    before = project.files()

    result = bake_on_the_command_line(
        tmp_path, "--overwrite-if-exists", "ci=none", "license=Proprietary"
    )

    assert result.returncode == 0, result.stderr
    assert before - project.files() == GITHUB
    assert project.files() - before == set()
    assert "All rights reserved" in project.text("LICENSE")
