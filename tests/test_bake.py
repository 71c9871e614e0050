"""The files of a generated project, for every answer."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from baking import LEFT_BY_TOOLS, ROOT, TEMPLATE, Bakery, Project, bake_on_the_command_line

Bake = Callable[..., Project]

HOOK = runpy.run_path(str(ROOT / "hooks" / "post_gen_project.py"))

PACKAGE = {
    path.relative_to(TEMPLATE).as_posix()
    for path in (TEMPLATE / "packages").rglob("*")
    if path.is_file() and LEFT_BY_TOOLS.isdisjoint(path.parts)
}
EVERY_PROJECT = PACKAGE | {
    ".env.example",
    ".gitignore",
    ".pre-commit-config.yaml",
    "AGENTS.md",
    "LICENSE",
    "Makefile",
    "README.md",
    ".python-version",
    "alembic.ini",
    "app/__init__.py",
    "app/__main__.py",
    "app/http/__init__.py",
    "app/http/application.py",
    "app/concurrency.py",
    "app/config/__init__.py",
    "app/config/base.py",
    "app/config/database_url.py",
    "app/config/service.py",
    "app/database/__init__.py",
    "app/database/cursor.py",
    "app/database/engine.py",
    "app/database/routing.py",
    "app/database/session.py",
    "app/http/database_errors.py",
    "app/http/docs.py",
    "app/http/errors.py",
    "app/http/index.py",
    "app/http/logging.py",
    "app/main.py",
    "app/http/middleware.py",
    "app/http/openapi.py",
    "app/http/protocol.py",
    "app/http/validation.py",
    "app/models/__init__.py",
    "app/models/base.py",
    "app/health/__init__.py",
    "app/health/readiness.py",
    "app/health/revisions.py",
    "app/routers/__init__.py",
    "app/routers/health.py",
    "app/schemas/__init__.py",
    "app/schemas/base.py",
    "docs/adopting-a-database.md",
    "docs/clients.md",
    "docs/deploying.md",
    "docs/errors-and-logs.md",
    "docs/routes.md",
    "docs/scaling.md",
    "docs/schema-changes.md",
    "docs/updating.md",
    "migrations/__init__.py",
    "migrations/env.py",
    "migrations/script.py.mako",
    "migrations/versions/.gitkeep",
    "pyproject.toml",
    "scripts/__init__.py",
    "scripts/database.py",
    "scripts/install.sh",
    "scripts/postgres.py",
    "scripts/preflight.py",
    "scripts/server_process.py",
    "scripts/server_socket.py",
    "scripts/server_user.py",
    "scripts/template.py",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/databases.py",
    "tests/test_concurrency.py",
    "tests/test_config.py",
    "tests/test_database.py",
    "tests/test_database_errors.py",
    "tests/test_docs.py",
    "tests/test_errors.py",
    "tests/test_health.py",
    "tests/test_index.py",
    "tests/test_isolation.py",
    "tests/test_logging.py",
    "tests/test_main.py",
    "tests/test_middleware.py",
    "tests/test_migrations.py",
    "tests/test_models.py",
    "tests/test_openapi.py",
    "tests/test_protocol.py",
    "tests/test_readiness.py",
    "tests/test_routers.py",
    "tests/test_routing.py",
}
USERS = {
    "app/auth/login.py",
    "app/dependencies/__init__.py",
    "app/dependencies/client.py",
    "app/dependencies/users.py",
    "app/auth/login_limits.py",
    "app/models/login_attempt.py",
    "app/models/user.py",
    "app/routers/login.py",
    "app/routers/users.py",
    "app/schemas/token.py",
    "app/schemas/user.py",
    "app/auth/__init__.py",
    "app/auth/passwords.py",
    "app/auth/tokens.py",
    "app/config/auth.py",
    "migrations/versions/2026_01_05_0900-5a1c0e7d4b21_create_users.py",
    "migrations/versions/2026_01_05_0910-7e90b1d4c2a8_count_attempts_to_log_in.py",
    "tests/factories/__init__.py",
    "tests/factories/users.py",
    "tests/queries.py",
    "tests/test_login.py",
    "tests/test_login_limits.py",
    "tests/test_security.py",
    "tests/test_users.py",
}
BLOG = {
    "app/dependencies/posts.py",
    "app/models/post.py",
    "app/models/vote.py",
    "app/queries/__init__.py",
    "app/queries/pagination.py",
    "app/queries/posts.py",
    "app/routers/posts.py",
    "app/routers/votes.py",
    "app/schemas/post.py",
    "migrations/versions/2026_01_06_0900-8d3f2b6a9c04_create_posts.py",
    "migrations/versions/2026_01_07_0900-b2e94c7f1d58_add_an_owner_to_posts.py",
    "migrations/versions/2026_01_07_0910-4f7a19c2d8e3_fill_the_owner_of_posts.py",
    "migrations/versions/2026_01_07_0920-d06b5e83a1f7_require_the_owner_of_posts.py",
    "migrations/versions/2026_01_08_0900-c6071ad85e39_add_published_to_posts.py",
    "migrations/versions/2026_01_09_0900-e95d30f8b7a6_create_votes.py",
    "tests/factories/posts.py",
    "tests/test_post_lists.py",
    "tests/test_posts.py",
    "tests/test_votes.py",
}
GITHUB = {
    ".github/dependabot.yml",
    ".github/workflows/ci.yml",
    ".github/workflows/template.yml",
}
GITLAB = {".gitlab-ci.yml", "renovate.json"}
DOCKER = {
    ".devcontainer/devcontainer.json",
    ".dockerignore",
    "Dockerfile",
    "compose.yaml",
    "docs/image.md",
}
BOTH = {".github/workflows/image.yml"}


@pytest.mark.parametrize(
    ("answers", "files"),
    [
        ({}, EVERY_PROJECT | USERS | BLOG | GITHUB | DOCKER | BOTH),
        ({"starter": "users"}, EVERY_PROJECT | USERS | GITHUB | DOCKER | BOTH),
        ({"starter": "blank"}, EVERY_PROJECT | GITHUB | DOCKER | BOTH),
        ({"ci": "gitlab"}, EVERY_PROJECT | USERS | BLOG | GITLAB | DOCKER),
        ({"ci": "none"}, EVERY_PROJECT | USERS | BLOG | DOCKER),
        ({"docker": "no"}, EVERY_PROJECT | USERS | BLOG | GITHUB),
        ({"license": "Proprietary"}, EVERY_PROJECT | USERS | BLOG | GITHUB | DOCKER | BOTH),
        ({"python_version": "3.14"}, EVERY_PROJECT | USERS | BLOG | GITHUB | DOCKER | BOTH),
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
    project = baked(**answers)
    folders = [path for path in project.path.rglob("*") if path.is_dir()]

    empty = {
        folder.relative_to(project.path).as_posix()
        for folder in folders
        if not any(folder.iterdir())
    }
    assert {name for name in empty if not name.startswith(".git/")} == set()


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
    assert before - project.files() == GITHUB | BOTH
    assert project.files() - before == set()
    assert "All rights reserved" in project.text("LICENSE")
