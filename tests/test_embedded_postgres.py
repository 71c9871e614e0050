"""The PostgreSQL that a generated project starts for itself."""

import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from baking import Project, bake
from databases import database_url, rows
from running import clean_environment, stop_postgres, succeed

pytestmark = pytest.mark.installs
# As Docker starts its containers: above all, without SYS_PTRACE.
DOCKER_CAPABILITIES = (
    "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+net_bind_service,+setfcap,+setgid,+setpcap,"
    "+setuid,+sys_chroot,+net_raw,+mknod,+audit_write"
)
Start = Callable[[Path], Project]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Call it with a folder for a project there whose server runs."""
    projects = []

    def start(folder: Path) -> Project:
        project = bake(folder, starter="blank")
        projects.append(project)
        succeed(project.path, "db")
        return project

    yield start
    for project in projects:
        stop_postgres(project)


def server_process(project: Project) -> psutil.Process:
    return psutil.Process(int(project.text(".postgres/data/postmaster.pid").split()[0]))


def ask(project: Project, question: str) -> object:
    return rows(database_url(project), question)[0]


def remember(project: Project) -> None:
    rows(database_url(project), "CREATE TABLE remembered AS SELECT 1 AS one")


def test_starting_again_keeps_the_server(start: Start, tmp_path: Path) -> None:
    project = start(tmp_path)
    process, settings = server_process(project), project.text(".env")

    succeed(project.path, "db")

    assert server_process(project) == process
    assert project.text(".env") == settings


def test_stopping_ends_the_process_and_keeps_the_data(start: Start, tmp_path: Path) -> None:
    project = start(tmp_path)
    process = server_process(project)
    remember(project)

    succeed(project.path, "db-stop")

    assert not process.is_running()
    assert "was not running" in succeed(project.path, "db-stop")
    succeed(project.path, "db")
    assert ask(project, "SELECT one FROM remembered") == (1,)


def test_the_path_may_have_spaces_and_other_characters(start: Start, tmp_path: Path) -> None:
    project = start(tmp_path / "it's, (50%d) [of] {my} & only; project #1 ü=+@?*!")

    succeed(project.path, "test")
    succeed(project.path, "check")
    succeed(project.path, "revision", "empty=1", "m=nothing")
    succeed(project.path, "upgrade")
    assert "(head)" in succeed(project.path, "current")
    assert "my-api" in psql(project, "SELECT current_database()")


def psql(project: Project, statement: str) -> str:
    """Run `make psql` on a machine that has no psql of its own, and return what it printed."""
    programs = project.path.parent / "programs"
    programs.mkdir()
    for name in ("sh", "make", "cat", "test"):
        (programs / name).symlink_to(str(shutil.which(name)))
    result = subprocess.run(
        ["make", "psql"],
        cwd=project.path,
        env=clean_environment(PATH=str(programs)),
        input=f"{statement};\n",
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_path_may_be_long(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 90) / ("e" * 90)
    project = start(folder)
    assert len(str(project.path)) > 180
    socket_folder = Path(str(database_url(project).query["host"]))
    assert not socket_folder.is_relative_to(project.path)

    succeed(project.path, "test")

    succeed(project.path, "db-stop")
    assert not socket_folder.exists()


def test_two_projects_have_servers_of_their_own(start: Start, tmp_path: Path) -> None:
    first, second = start(tmp_path / "first"), start(tmp_path / "second")

    remember(first)

    assert database_url(first) != database_url(second)
    assert ask(second, "SELECT to_regclass('remembered')") == (None,)


def test_a_copy_of_a_project_gets_a_server_of_its_own(start: Start, tmp_path: Path) -> None:
    project = start(tmp_path / "project")
    succeed(project.path, "db-stop")
    copy = Project(tmp_path / "copy")
    # As `cp -a` does, and copytree does not, with the owners.
    subprocess.run(["cp", "-a", project.path, copy.path], check=True)
    shutil.rmtree(copy.path / ".venv")
    succeed(project.path, "db")
    try:
        succeed(copy.path, "db")

        assert database_url(copy) != database_url(project)
        assert server_process(copy) != server_process(project)
    finally:
        stop_postgres(copy)


def test_a_killed_server_is_started_again_with_its_data(start: Start, tmp_path: Path) -> None:
    project = start(tmp_path)
    remember(project)
    server_process(project).send_signal(signal.SIGKILL)

    succeed(project.path, "db")

    assert ask(project, "SELECT one FROM remembered") == (1,)


def test_a_process_number_given_to_another_program_is_not_taken_for_the_server(
    start: Start, tmp_path: Path
) -> None:
    project = start(tmp_path)
    server = server_process(project)
    server.send_signal(signal.SIGKILL)
    psutil.wait_procs([server])
    pid_file = project.path / ".postgres/data/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    with subprocess.Popen(["sleep", "600"]) as bystander:
        pid_file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")

        assert "was not running" in succeed(project.path, "db-stop")
        succeed(project.path, "db")

        assert bystander.poll() is None
        bystander.terminate()
    assert ask(project, "SELECT 1") == (1,)


NEEDS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="needs root, who can be without capabilities through setpriv",
)


def in_a_container(project: Project, command: str) -> str:
    """Run a command as root with the capabilities that Docker leaves, and return its output."""
    result = subprocess.run(
        [
            *("setpriv", "--bounding-set", DOCKER_CAPABILITIES, "--inh-caps", "-all"),
            *shlex.split(command),
        ],
        cwd=project.path,
        env=clean_environment(),
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@NEEDS_ROOT
def test_root_in_a_container_finds_the_server_that_runs(tmp_path: Path) -> None:
    project = bake(tmp_path, starter="blank")

    try:
        in_a_container(project, "make db")
        process = server_process(project)
        in_a_container(project, "make upgrade")
        assert server_process(project) == process
        process.send_signal(signal.SIGKILL)
        in_a_container(project, "make upgrade")
        assert ask(project, "SELECT count(*) FROM alembic_version_my_api") == (0,)
    finally:
        assert "PostgreSQL is stopped." in in_a_container(project, "make db-stop")


@NEEDS_ROOT
def test_root_in_the_development_container_gets_a_server_and_can_migrate(tmp_path: Path) -> None:
    project = bake(tmp_path, starter="blank")
    settings = json.loads(project.text(".devcontainer/devcontainer.json"))
    assert settings["remoteUser"] == "root"

    try:
        assert "PostgreSQL answers." in in_a_container(project, settings["postCreateCommand"])
        in_a_container(project, "make upgrade")
    finally:
        in_a_container(project, "make db-stop")


def test_a_project_made_again_at_the_same_path_gets_a_new_server(
    start: Start, tmp_path: Path
) -> None:
    project = start(tmp_path)
    process = server_process(project)
    shutil.rmtree(project.path)

    again = start(tmp_path)

    assert ask(again, "SELECT 1") == (1,)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_after_make_clean_there_is_a_new_server(start: Start, tmp_path: Path) -> None:
    project = start(tmp_path)
    succeed(project.path, "clean")

    succeed(project.path, "db")

    assert ask(project, "SELECT 1") == (1,)


def test_a_project_may_be_moved_while_its_server_runs(start: Start, tmp_path: Path) -> None:
    project = start(tmp_path / "before")
    remember(project)
    moved = Project(tmp_path / "after")
    project.path.rename(moved.path)
    try:
        succeed(moved.path, "db")

        shebang = moved.text(".venv/bin/alembic").partition("import")[0]
        assert str(moved.path) in shebang
        assert str(project.path) not in shebang
        assert ask(moved, "SELECT one FROM remembered") == (1,)
    finally:
        stop_postgres(moved)


def test_a_killed_first_start_leaves_nothing_half_done(tmp_path: Path) -> None:
    project = bake(tmp_path, starter="blank")
    succeed(project.path, "install")
    starting = subprocess.Popen(
        [".venv/bin/python", "-m", "scripts.database", "start"],
        cwd=project.path,
        env=clean_environment(),
        start_new_session=True,
    )
    while not (project.path / ".postgres/data.new/PG_VERSION").exists():
        assert starting.poll() is None
    os.killpg(starting.pid, signal.SIGKILL)
    starting.wait()
    assert not (project.path / ".postgres/data").exists()
    try:
        succeed(project.path, "db")

        assert ask(project, "SELECT 1") == (1,)
    finally:
        stop_postgres(project)


def test_many_starts_at_once_make_one_server(tmp_path: Path) -> None:
    project = bake(tmp_path, starter="blank")
    succeed(project.path, "install")
    try:
        starts = [
            subprocess.Popen(
                [".venv/bin/python", "-m", "scripts.database", "start"],
                cwd=project.path,
                env=clean_environment(),
            )
            for _ in range(4)
        ]

        assert [starting.wait() for starting in starts] == [0, 0, 0, 0]
        assert ask(project, "SELECT 1") == (1,)
    finally:
        stop_postgres(project)


def test_only_its_owner_may_use_the_folder(start: Start, tmp_path: Path) -> None:
    project = start(tmp_path)

    for path in (project.path / ".postgres", project.path / ".env"):
        assert path.stat().st_mode & 0o077 == 0
