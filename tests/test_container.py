"""The image, built and run as compose.yaml has it, by buildah and without Docker."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import httpx2 as httpx
import pytest
import yaml
from baking import Project, bake
from container import Image, Storage, forwarded, why_not
from databases import connect, database_url
from running import answers, free_port, stop_postgres, succeed

pytestmark = [
    pytest.mark.installs,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "can be run"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A blog whose packages are locked, with a PostgreSQL."""
    version = ".".join(map(str, sys.version_info[:2]))
    project = bake(tmp_path_factory.mktemp("blog"), starter="blog", python_version=version)
    succeed(project.path, "db")
    yield project
    stop_postgres(project)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Images, of which the one is there that the Dockerfile is based on."""
    storage = Storage(tmp_path_factory.mktemp("images"))
    storage.make_base(f"python:{'.'.join(map(str, sys.version_info[:2]))}-slim")
    yield storage
    storage.clear()


@pytest.fixture(scope="module")
def image(project: Project, storage: Storage) -> Image:
    """The image of the project."""
    return storage.build(project, "service")


@pytest.fixture(scope="module")
def environment(project: Project) -> Iterator[dict[str, str]]:
    """The variables that compose.yaml sets for the service, for the project's PostgreSQL."""
    url = database_url(project)
    services = yaml.safe_load(project.text("compose.yaml"))["services"]
    given = {key: value for key, value in services["api"]["environment"].items() if value}
    assert given.keys() == {
        *("DATABASE_HOSTNAME", "DATABASE_USERNAME", "DATABASE_PASSWORD", "DATABASE_NAME"),
        "SECRET_KEY",
    }
    [socket] = Path(str(url.query["host"])).glob(".s.PGSQL.*[0-9]")
    with forwarded(str(socket)) as port:
        yield given | {
            "DATABASE_HOSTNAME": "127.0.0.1",
            "DATABASE_PORT": str(port),
            "DATABASE_USERNAME": str(url.username),
            "DATABASE_PASSWORD": "any",
            "DATABASE_NAME": str(url.database),
            "SECRET_KEY": "x" * 40,
        }


@pytest.fixture(scope="module")
def _migrated(project: Project, image: Image, environment: dict[str, str]) -> None:
    services = yaml.safe_load(project.text("compose.yaml"))["services"]

    status, output = image.run(services["migrate"]["command"].split(), environment)

    assert status == 0, output


@contextmanager
def serving(
    image: Image, environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """Run the image's command, on a port that is free, and yield it with a client."""
    port = str(free_port())
    process = image.start([p.replace("8000", port) for p in image.config["Cmd"]], environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            assert answers(client, process), process.communicate()
            yield process, client
    finally:
        process.kill()
        process.communicate()


def healthcheck(image: Image, port: int) -> tuple[int, str]:
    """Run what Docker runs to see whether a container is healthy, and return its status."""
    kind, *command = image.config["Healthcheck"]["Test"]
    assert kind == "CMD"
    return image.run([part.replace("8000", str(port)) for part in command], {})


@pytest.mark.usefixtures("_migrated")
def test_the_service_is_healthy_without_a_right(image: Image, environment: dict[str, str]) -> None:
    with serving(image, environment) as (process, client):
        assert client.get("/health/ready").status_code == 200
        assert client.get("/posts").json()["items"] == []
        assert healthcheck(image, client.base_url.port or 0) == (0, "")
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    status = {name: values.split() for name, _, values in (line.partition(":") for line in lines)}

    assert status["Uid"] == status["Gid"] == ["10001"] * 4
    assert {name: status[name] for name in ("CapPrm", "CapEff", "CapBnd")} == {
        name: ["0" * 16] for name in ("CapPrm", "CapEff", "CapBnd")
    }
    assert status["NoNewPrivs"] == ["1"]


def test_a_container_cannot_write_to_its_files(image: Image) -> None:
    write = "open('/var/tmp/new', 'w')"

    status, output = image.run(["python", "-c", write], {})

    assert status == 1
    assert "Read-only file system" in output


def test_the_healthcheck_is_1_if_nothing_answers(image: Image) -> None:
    status, _ = healthcheck(image, free_port())

    assert status == 1


@pytest.mark.usefixtures("_migrated")
def test_sigterm_lets_requests_finish_and_ends_with_0(
    image: Image, project: Project, environment: dict[str, str]
) -> None:
    responses: list[int] = []
    with (
        serving(image, environment) as (process, client),
        closing(connect(database_url(project))) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("BEGIN; LOCK TABLE posts")
        thread = Thread(target=lambda: responses.append(client.get("/posts").status_code))
        thread.start()
        time.sleep(1)

        process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert process.poll() is None
        cursor.execute("ROLLBACK")
        thread.join()
        output, _ = process.communicate(timeout=10)

    assert responses == [200]
    assert process.returncode == 0, output
    assert "Traceback" not in output


@pytest.mark.parametrize("missing", ["DATABASE_", "SECRET_KEY"])
def test_a_missing_setting_is_one_sentence(
    image: Image, environment: dict[str, str], missing: str
) -> None:
    given = {name: value for name, value in environment.items() if not name.startswith(missing)}

    status, output = image.run(image.config["Cmd"], given)

    assert status == 1
    heading, line = output.splitlines()
    assert heading == "These settings are missing or wrong (environment or .env):"
    assert line.startswith(f"  {missing}")


def test_secrets_of_the_build_do_not_stay_in_the_image(image: Image, storage: Storage) -> None:
    inspected = storage.buildah("inspect", "--type", "image", "service")

    assert not [path for path in (image.root / "run").rglob("*") if path.is_file()]
    assert "PIP_CERT" not in inspected


def test_an_image_of_other_packages_than_the_locked_is_refused(
    project: Project, storage: Storage
) -> None:
    pyproject = project.path / "pyproject.toml"
    before = pyproject.read_text()
    pyproject.write_text(before.replace('    "sqlalchemy>=', '    "tomli>=2",\n    "sqlalchemy>='))

    with pytest.raises(AssertionError, match=r"uv\.lock.*needs to be updated"):
        storage.build(project, "other")

    pyproject.write_text(before)
