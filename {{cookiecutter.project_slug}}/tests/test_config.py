import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict
from sqlalchemy import URL

from app.config import Settings

PROJECT = Path(__file__).parents[1]
PASSWORD = r"""p%40ss:/@#?'" \ü"""
PARTS = {
    "DATABASE_HOSTNAME": "db.example.com",
    "DATABASE_PORT": "6543",
    "DATABASE_USERNAME": "api",
    "DATABASE_PASSWORD": PASSWORD,
    "DATABASE_NAME": "blog",
}


@pytest.fixture(autouse=True)
def _no_database_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", *PARTS):
        monkeypatch.delenv(name, raising=False)


class EnvironmentOnly(Settings):
    """The settings without `.env`."""

    model_config = SettingsConfigDict(env_file=None)


def read_settings() -> Settings:
    return EnvironmentOnly()


def run_python(folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run this code with a copy of the application that has no `.env` beside it."""
    shutil.copytree(PROJECT / "app", folder / "app", dirs_exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_the_url_of_a_hosting_provider_gets_the_driver(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://api:secret@db.example.com/blog")

    assert read_settings().database_url.drivername == "postgresql+psycopg2"


def test_the_parts_make_a_url_whatever_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PARTS.items():
        monkeypatch.setenv(name, value)

    url = read_settings().database_url

    assert (url.host, url.port, url.username, url.database) == (
        "db.example.com",
        6543,
        "api",
        "blog",
    )
    assert url.password == PASSWORD


def test_the_url_wins_over_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PARTS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", "postgresql://api@other.example.com/blog")

    assert read_settings().database_url.host == "other.example.com"


def test_the_password_is_in_no_text_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://api:hunter2@db.example.com/blog")

    settings = read_settings()

    assert "hunter2" not in f"{settings!r} {settings} {settings.database_url!r}"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql+asyncpg://api:hunter2@db/blog", "psycopg2"),
        ("sqlite:///hunter2.db", "PostgreSQL"),
        ("hunter2", "is not of the form"),
        ("postgresql://api:hun@ter2@db/blog", "%40"),
        ("postgresql://api:hunter2@db:port/blog", "is not of the form"),
        ("postgresql://api:hunter2@db", "names no database"),
    ],
)
def test_an_unusable_url_is_one_line_with_the_reason(tmp_path: Path, url: str, reason: str) -> None:
    result = run_python(tmp_path, "import app.config", DATABASE_URL=url)

    assert result.returncode == 1
    [heading, line] = result.stderr.splitlines()
    assert heading.startswith("These settings")
    assert line.startswith("  DATABASE_URL: ")
    assert reason in line
    assert "hunter2" not in result.stderr
    assert "ter2" not in result.stderr


@pytest.mark.parametrize("seconds", ["inf", "nan", "-1", "86401"])
def test_a_time_without_an_end_is_refused(tmp_path: Path, seconds: str) -> None:
    result = run_python(tmp_path, "import app.config", DATABASE_STATEMENT_SECONDS=seconds)

    assert result.returncode == 1
    assert "DATABASE_STATEMENT_SECONDS: " in result.stderr.splitlines()[1]


def test_what_libpq_is_told_in_the_environment_holds_for_the_service_too(tmp_path: Path) -> None:
    code = "from app.config import settings; print(settings.database_options)"

    environment = {"DATABASE_URL": "postgresql://db/blog", "PGOPTIONS": "-c search_path=api"}

    result = run_python(tmp_path, code, **environment, DATABASE_STATEMENT_SECONDS="0.0004")

    assert result.stdout.split() == ["-c", "statement_timeout=1", "-c", "search_path=api"]


def test_every_missing_or_bad_setting_has_a_line(tmp_path: Path) -> None:
    result = run_python(
        tmp_path, "import app.config", DATABASE_PORT="none", DATABASE_POOL_SIZE="0", LOG_LEVEL="x"
    )

    assert result.returncode == 1
    names = sorted(line.split(":")[0].strip() for line in result.stderr.splitlines()[1:])
    assert names == ["DATABASE_POOL_SIZE", "DATABASE_PORT", "DATABASE_URL", "LOG_LEVEL"]


def test_without_a_database_the_line_says_what_to_do(tmp_path: Path) -> None:
    result = run_python(tmp_path, "import app.config", DATABASE_USERNAME="api")

    assert result.returncode == 1
    assert "DATABASE_HOSTNAME, DATABASE_NAME" in result.stderr
    assert "make db" in result.stderr
    assert "Traceback" not in result.stderr


def test_migrations_may_take_another_way_to_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://api@pooler.example.com:6432/blog")
    assert read_settings().migration_database_url == read_settings().database_url

    monkeypatch.setenv("MIGRATION_DATABASE_URL", "postgres://owner@db.example.com/blog")

    url = read_settings().migration_database_url
    assert (url.drivername, url.username, url.host) == (
        "postgresql+psycopg2",
        "owner",
        "db.example.com",
    )
    assert read_settings().database_url.host == "pooler.example.com"


def test_alembic_takes_the_way_for_migrations(migrated_database: URL) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "alembic", "current"],
        cwd=PROJECT,
        env=os.environ
        | {
            "DATABASE_URL": "postgresql://api@127.0.0.1:1/blog",
            "MIGRATION_DATABASE_URL": migrated_database.render_as_string(hide_password=False),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", ["MIGRATION_DATABASE_URL", "SCRATCH_DATABASE_URL"])
def test_an_unusable_url_of_another_database_is_refused_under_its_name(
    tmp_path: Path, name: str
) -> None:
    result = run_python(
        tmp_path,
        "import app.config",
        **{"DATABASE_URL": "postgresql://api@db/blog", name: "mysql://api:hunter2@db/empty"},
    )

    assert result.returncode == 1
    assert f"  {name}: starts with mysql://" in result.stderr
    assert "hunter2" not in result.stderr


def test_the_scratch_database_has_a_url_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://api@db.example.com/blog")
    assert read_settings().scratch_database_url is None

    monkeypatch.setenv("SCRATCH_DATABASE_URL", "postgres://api@db.example.com/empty")

    url = read_settings().scratch_database_url
    assert url is not None
    assert (url.drivername, url.database) == ("postgresql+psycopg2", "empty")


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        ("*", ("*",)),
        (
            "https://a.example.com, http://[::1]:3000",
            ("https://a.example.com", "http://[::1]:3000"),
        ),
    ],
)
def test_origins_are_a_list_with_commas(
    monkeypatch: pytest.MonkeyPatch, text: str, origins: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://api@db.example.com/blog")
    monkeypatch.setenv("CORS_ORIGINS", text)

    assert read_settings().cors_origins == origins


@pytest.mark.parametrize("origin", ["a.example.com", "https://a.example.com/", "https://a/b"])
def test_what_no_browser_would_send_as_origin_is_refused(tmp_path: Path, origin: str) -> None:
    url = "postgresql://api@db/blog"

    result = run_python(tmp_path, "import app.config", DATABASE_URL=url, CORS_ORIGINS=origin)

    assert result.returncode == 1
    assert "  CORS_ORIGINS: is no list of origins" in result.stderr


def test_headers_that_pages_may_send_are_a_list_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://api@db.example.com/blog")
    assert read_settings().cors_headers == ("Authorization", "Content-Type", "X-Request-ID")

    monkeypatch.setenv("CORS_HEADERS", "Authorization, X-Api-Key")

    assert read_settings().cors_headers == ("Authorization", "X-Api-Key")


@pytest.mark.parametrize("header", ["X-Api-Key: secret", "X-\u00c4", "a/b"])
def test_what_is_no_name_of_a_header_is_refused(tmp_path: Path, header: str) -> None:
    url = "postgresql://api@db/blog"

    result = run_python(tmp_path, "import app.config", DATABASE_URL=url, CORS_HEADERS=header)

    assert result.returncode == 1
    assert "  CORS_HEADERS: is no list of names of headers" in result.stderr
