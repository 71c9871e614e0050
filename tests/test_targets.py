"""Messages of a generated project's targets when something is missing or wrong."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from baking import Project, bake
from databases import AWKWARD_PASSWORD, database_url, guarded_database, values
from running import (
    clean_environment,
    free_port,
    make,
    python,
    stop_postgres,
    succeed,
    write_module,
)
from sqlalchemy import URL

pytestmark = pytest.mark.installs
TARGETS_THAT_CONNECT = ("run", "upgrade", "test", "check", "current")
TARGETS_THAT_IMPORT_MODELS = (
    *(["run"], ["upgrade"], ["downgrade"], ["check"], ["drift"], ["lint-migrations"]),
    *(["revision", "m=x"], ["current"], ["history"], ["sql"], ["stamp", "to=head"], ["baseline"]),
)
CTRL_C = "Ctrl-C ends the service; PostgreSQL goes on until 'make db-stop'."
CORRECT_IT = "Nothing was run. Correct it and run the command again."
REVISION = '''"""By hand."""

from alembic import op

revision = "{revision}"
down_revision = "{parent}"


def upgrade():
    op.execute("{sql}")
'''


def first_port_for_everyone() -> int:
    """Return the lowest port that takes no rights of root."""
    setting = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    return int(setting.read_text()) if setting.exists() else 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("targets"), starter="blog")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.fixture(scope="module")
def server(project: Project) -> URL:
    """The URL of the server's own database."""
    return database_url(project).set(database="postgres")


def test_make_alone_explains_every_target(project: Project) -> None:
    output = succeed(project.path)

    for target in (
        *("run", "test", "lint", "format", "install", "db", "db-stop", "clean"),
        *("revision", "upgrade", "downgrade", "current", "heads", "history", "sql"),
        *("rebase", "stamp", "merge", "check", "drift", "lint-migrations", "models", "baseline"),
        *("diagram", "template-update", "template-check"),
    ):
        assert f"\n  {target} " in output
    assert len(output.splitlines()) <= 40


def test_output_that_nobody_reads_to_its_end_is_no_error_of_a_revision(project: Project) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    result = subprocess.run(
        [".venv/bin/python", "-m", "alembic_workflow", "upgrade", "--sql", "head"],
        cwd=project.path,
        env=clean_environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )

    os.close(writer)
    assert result.returncode == 1
    assert "BrokenPipe" not in result.stderr
    assert "Correct it" not in result.stderr


@pytest.fixture
def copied(project: Project, server: URL) -> Iterator[URL]:
    """A copy of the database, dropped afterwards like the revisions of the test."""
    values(server, f'CREATE DATABASE copied TEMPLATE "{database_url(project).database}"')
    yield server.set(database="copied")
    values(server, "DROP DATABASE copied WITH (FORCE)")
    project.run("git", "clean", "-dfq", "migrations")


def wait_for_sleeping(url: URL, sessions: int) -> None:
    """Return once as many sessions of this database sleep."""
    query = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    deadline = time.monotonic() + 60
    while values(url, f"SELECT count(*) {query}") != [sessions]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_make_cancels_the_statement_and_leaves_a_whole_revision(
    project: Project, copied: URL, number: signal.Signals
) -> None:
    half = "CREATE TABLE half (id int); SELECT pg_sleep(60)"
    for revision, parent, sql in (("b", "e95d30f8b7a6", "SELECT 1"), ("a", 12 * "b", half)):
        path = project.path / f"migrations/versions/2026_02_01_0900-{12 * revision}_by_hand.py"
        write_module(path, REVISION.format(revision=12 * revision, parent=parent, sql=sql))
    process = subprocess.Popen(
        ["make", "upgrade"],
        cwd=project.path,
        env=clean_environment(DATABASE_URL=copied.render_as_string()),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        wait_for_sleeping(copied, 1)
        start = time.monotonic()
        os.killpg(process.pid, number)
        output, _ = process.communicate(timeout=60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    assert process.returncode != 0
    assert time.monotonic() - start < 5
    wait_for_sleeping(copied, 0)
    assert time.monotonic() - start < 5
    [message] = [line for line in output.splitlines() if not re.match("INFO|WARN|make: ", line)]
    assert message.startswith("Interrupted.")
    assert "run the command again" in message
    assert values(copied, "SELECT version_num FROM alembic_version_my_api") == [12 * "b"]
    assert values(copied, "SELECT to_regclass('half')") == [None]


@pytest.mark.parametrize("target", TARGETS_THAT_CONNECT)
def test_a_server_that_does_not_answer_is_one_line(project: Project, target: str) -> None:
    port = free_port()

    result = make(
        project.path, target, DATABASE_URL=f"postgresql://api:hunter2@127.0.0.1:{port}/blog"
    )

    assert result.returncode != 0
    [line, _] = result.stderr.splitlines()
    assert "127.0.0.1" in line
    assert str(port) in line
    assert "Start it or correct DATABASE_URL" in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "alembic", "upgrade", "head"],
        ["-m", "uvicorn", "app.main:app"],
        ["-m", "pytest"],
    ],
)
def test_every_command_names_a_bad_setting_without_a_traceback(
    project: Project, command: list[str]
) -> None:
    result = python(project.path, *command, DATABASE_URL="mysql://root:hunter2@127.0.0.1/blog")

    assert result.returncode == 1
    assert "DATABASE_URL: starts with mysql://" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert "hunter2" not in result.stdout + result.stderr


@pytest.fixture
def without_env_file(project: Project) -> Iterator[None]:
    """Settings come from the environment alone."""
    path = project.path / ".env"
    hidden = path.rename(project.path / ".env.hidden")
    yield
    hidden.rename(path)


@pytest.mark.usefixtures("without_env_file")
def test_a_password_beside_the_url_may_have_any_character(project: Project, server: URL) -> None:
    with guarded_database(server) as guarded:
        parts = {
            "DATABASE_URL": "",
            "DATABASE_HOSTNAME": str(guarded.query["host"]),
            "DATABASE_USERNAME": str(guarded.username),
            "DATABASE_PASSWORD": AWKWARD_PASSWORD,
            "DATABASE_NAME": str(guarded.database),
        }
        for command in (
            ["upgrade", "head"],
            ["check"],
            ["revision", "--autogenerate", "-m", "nothing"],
            ["upgrade", "head", "--sql"],
            ["downgrade", "base"],
        ):
            result = python(project.path, "-m", "alembic", *command, **parts)
            assert result.returncode == 0, result.stderr
            assert AWKWARD_PASSWORD not in result.stdout + result.stderr


def test_migrations_need_no_secret_but_the_service_does(project: Project) -> None:
    migrating = python(project.path, "-m", "alembic", "current", SECRET_KEY="short")
    serving = python(project.path, "-m", "uvicorn", "app.main:app", SECRET_KEY="short")

    assert migrating.returncode == 0, migrating.stderr
    testing = python(project.path, "-m", "pytest", SECRET_KEY="short")
    for result in (serving, testing):
        assert result.returncode == 1
        assert "SECRET_KEY: " in result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        assert "INTERNALERROR" not in result.stdout + result.stderr


def refusal(project: Project, *arguments: str) -> str:
    """Run make, which must fail, and return the one line that says why."""
    result = make(project.path, *arguments)
    assert result.returncode != 0
    [line, from_make] = (result.stdout + result.stderr).splitlines()
    assert from_make.startswith("make: ***")
    return line


def test_a_port_that_is_in_use_is_one_line_before_anything_is_done(project: Project) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        line = refusal(project, "run", f"port={port}")

    assert line == f"Port {port} is in use; take another: make run port=8001"


@pytest.mark.parametrize(
    "port", ["", "http", "0", "-1", "65536", "8_000", "\u0668\u0660", "9" * 5000]
)
def test_what_is_no_port_is_one_line_before_anything_is_done(project: Project, port: str) -> None:
    line = refusal(project, "run", f"port={port}")

    assert line == f"{port!r} is no port, which is a number from 1 to 65535: make run port=8001"


@pytest.mark.skipif(first_port_for_everyone() <= 80, reason="everyone may bind port 80 here")
def test_a_port_that_one_may_not_bind_is_one_line_before_anything_is_done(
    project: Project,
) -> None:
    without_rights = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"]

    result = subprocess.run(
        [*(without_rights if os.geteuid() == 0 else []), "make", "run", "port=80"],
        cwd=project.path,
        env=clean_environment(),
        capture_output=True,
        encoding="utf-8",
    )

    [line, _] = (result.stdout + result.stderr).splitlines()
    assert line == "Port 80 needs more rights than you have; take another: make run port=8001"


@contextmanager
def module(project: Project, name: str, text: str) -> Iterator[None]:
    """A module of the project, for as long as this lasts."""
    path = project.path / name
    write_module(path, text)
    try:
        yield
    finally:
        path.unlink()


@pytest.mark.parametrize("arguments", TARGETS_THAT_IMPORT_MODELS, ids=" ".join)
def test_a_module_that_cannot_be_imported_is_one_line(
    project: Project, arguments: list[str]
) -> None:
    port = [f"port={free_port()}"] if arguments == ["run"] else []
    with module(project, "app/models/broken.py", '"""Broken."""\n\nimport not_installed\n'):
        line = refusal(project, *arguments, *port)

    reason = "ModuleNotFoundError: No module named 'not_installed'"
    assert line == f"app/models/broken.py, line 3: {reason}. {CORRECT_IT}"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("app/models/x.py", "def f(:\n", "line 1: SyntaxError: invalid syntax"),
        ("app/models/x.py", "\nx = nope\n", "line 2: NameError: name 'nope' is not defined"),
        ("app/models/x.py", "assert not 1\n", "line 1: AssertionError"),
        (
            "app/models/x.py",
            "from decimal import Decimal\n\nx = list(map(Decimal, ['1', 'x']))\n",
            "line 3: InvalidOperation: [<class 'decimal.ConversionSyntax'>]",
        ),
        (
            "app/models/x.py",
            "import json\n\n\ndef f() -> None:\n    json.loads('[')\n\n\nf()\n",
            "line 5: JSONDecodeError: Expecting value: line 1 column 2 (char 1)",
        ),
        (
            "app/models/x.py",
            "raise ValueError('one\\n  two.')\n",
            "line 1: ValueError: one two",
        ),
        (
            "migrations/versions/x.py",
            "revision = 'x'\nnope\n",
            "line 2: NameError: name 'nope' is not defined",
        ),
    ],
)
@pytest.mark.parametrize("plain", [False, True], ids=["make", "alembic"])
def test_the_place_and_the_reason_of_an_import_that_fails_are_told(
    project: Project, name: str, text: str, says: str, plain: bool
) -> None:
    with module(project, name, text):
        if plain:
            result = python(project.path, "-m", "alembic", "current", "--check-heads")
            assert result.returncode != 0
            [line] = (result.stdout + result.stderr).splitlines()
            line = line.removeprefix("FAILED: ")
        else:
            line = refusal(project, "upgrade")

    assert line == f"{name}, {says}. {CORRECT_IT}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "app/routers/extra.py has no `router`; write `router = APIRouter()` and its"),
        ("def f(:\n", f"app/routers/extra.py, line 1: SyntaxError: invalid syntax. {CORRECT_IT}"),
    ],
)
def test_a_router_that_cannot_be_served_is_one_line_before_anything_is_done(
    project: Project, text: str, says: str
) -> None:
    with module(project, "app/routers/extra.py", text):
        line = refusal(project, "run", f"port={free_port()}")

    assert line.startswith(says)


def test_a_router_may_answer_the_index(project: Project) -> None:
    ask = "from fastapi.testclient import TestClient; from app.main import app; "
    ask += "print(TestClient(app).get('/').text)"
    route = "@router.get('/')\ndef index() -> str:\n    return 'mine'\n"
    text = f"from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n{route}"

    before = python(project.path, "-c", ask).stdout
    with module(project, "app/routers/zz_last.py", text):
        after = python(project.path, "-c", ask).stdout

    assert before == '{"name":"My API","version":"0.1.0","docs":"/docs"}\n'
    assert after == '"mine"\n'


def said_before_serving(project: Project, **environment: str) -> list[str]:
    """Run `make run` until it serves, end it, and return the lines it printed."""
    process = subprocess.Popen(
        ["make", "run", f"port={free_port()}"],
        cwd=project.path,
        env=clean_environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    with process:
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                if "Uvicorn running on" in line:
                    return lines
            raise AssertionError(lines)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
            process.stdout.read()


def test_run_says_that_its_postgresql_goes_on_after_ctrl_c(project: Project) -> None:
    assert said_before_serving(project).count(CTRL_C) == 1


def test_run_says_nothing_of_a_server_of_others(project: Project) -> None:
    url = database_url(project)
    with TemporaryDirectory() as folder:  # whose path is short enough for a socket
        elsewhere = Path(folder, "socket")
        elsewhere.symlink_to(str(url.query["host"]))
        other = url.set(drivername="postgresql", query={"host": str(elsewhere)}).render_as_string()

        lines = said_before_serving(project, DATABASE_URL=other)

    assert not [line for line in lines if "db-stop" in line]
