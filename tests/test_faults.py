"""The generated service while its database or itself is stopped, under load, as real processes."""

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2 as httpx
import psutil
import pytest
from baking import Project
from databases import connect, database_url, values
from running import answers, clean_environment, free_port, succeed

pytestmark = pytest.mark.installs
WRITERS = 24
SECONDS_TO_RECOVER = 10


@dataclass
class Service:
    """A service that runs, and a client of it."""

    project: Project
    process: subprocess.Popen[str]
    url: str
    client: httpx.Client
    log: list[str]

    def token(self) -> str:
        """Return the access token of a new account."""
        account = {"email": f"user{time.monotonic_ns()}@example.com", "password": "a long password"}
        assert self.client.post("/users", json=account).status_code == 201
        form = {"username": account["email"], "password": account["password"]}
        return str(self.client.post("/token", data=form).json()["access_token"])


@contextmanager
def serving(project: Project, *arguments: str, **environment: str) -> Iterator[Service]:
    """Run `python -m app`, and yield it once it answers."""
    port = free_port()
    process = subprocess.Popen(
        [".venv/bin/python", "-m", "app", "--port", str(port), *arguments],
        cwd=project.path,
        env=clean_environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=log.extend, args=(process.stdout,), daemon=True)
    reader.start()
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url) as client:
            assert answers(client, process)
            yield Service(project, process, url, client, log)
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()


@dataclass
class Writers:
    """Threads that write posts, one after the other, and note what they are answered."""

    url: str
    token: str
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    last_success: float = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=60) as client:
            count = 0
            while not self._stop.is_set():
                count += 1
                title = f"{number}-{count}"
                body = {"title": title, "content": "x", "published": True}
                response = client.post("/posts", json=body)
                self.statuses[response.status_code] += 1
                if response.status_code == 201:
                    self.acknowledged.add(title)
                    self.last_success = time.monotonic()
                else:
                    self._stop.wait(0.02)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.write, args=(n,)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def wait_for(self, count: int) -> None:
        """Return once so many more writes have succeeded."""
        aim, deadline = self.statuses[201] + count, time.monotonic() + 60
        while self.statuses[201] < aim:
            assert time.monotonic() < deadline, self.statuses
            time.sleep(0.01)


def postgres(project: Project) -> psutil.Process:
    pid = (project.path / ".postgres/data/postmaster.pid").read_text().split()[0]
    return psutil.Process(int(pid))


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGINT, signal.SIGKILL])
def test_no_acknowledged_write_is_lost_when_the_server_is_stopped_and_started_under_load(
    migrated_blog: Project, number: signal.Signals
) -> None:
    with serving(migrated_blog) as service:
        writers = Writers(service.url, service.token())
        values(database_url(migrated_blog), "DELETE FROM posts")
        with writers.running():
            writers.wait_for(100)
            server = postgres(migrated_blog)
            server.send_signal(number)
            server.wait(30)
            succeed(migrated_blog.path, "db")
            restarted = time.monotonic()
            writers.wait_for(100)
            assert time.monotonic() - restarted < SECONDS_TO_RECOVER

        assert set(writers.statuses) <= {201, 503}
        assert writers.statuses[503] > 0
        titles = values(database_url(migrated_blog), "SELECT title FROM posts")
        assert writers.acknowledged <= set(titles)
        assert len(titles) == len(set(titles))
        assert not any("Traceback" in line for line in service.log)


def test_an_unreachable_database_is_answered_with_503_and_forgotten_afterwards(
    migrated_blog: Project,
) -> None:
    with serving(migrated_blog) as service:
        assert service.client.get("/posts").status_code == 200
        succeed(migrated_blog.path, "db-stop")
        response = service.client.get("/posts")
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert str(migrated_blog.path) not in response.text
        succeed(migrated_blog.path, "db")
        assert service.client.get("/posts").status_code == 200


def test_sigterm_lets_requests_in_flight_finish_and_exits_with_0(migrated_blog: Project) -> None:
    answers: list[int] = []
    with serving(migrated_blog) as service, connect(database_url(migrated_blog)) as other:
        other.autocommit = False
        other.cursor().execute("LOCK TABLE posts")
        request = threading.Thread(
            target=lambda: answers.append(httpx.get(f"{service.url}/posts", timeout=60).status_code)
        )
        request.start()
        blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        deadline = time.monotonic() + 30
        while values(database_url(migrated_blog), blocked) == [0]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        service.process.send_signal(signal.SIGTERM)
        while not any(
            "Waiting for connections to close" in line or "Shutting down" in line
            for line in service.log
        ):
            assert time.monotonic() < deadline, service.log
            time.sleep(0.01)
        other.commit()
        request.join()

        assert answers == [200]
        assert service.process.wait(30) == 0


def test_a_client_that_reads_slowly_holds_no_connection(migrated_blog: Project) -> None:
    with (
        serving(migrated_blog, DATABASE_POOL_SIZE="1") as service,
        service.client.stream("GET", "/posts"),
    ):
        assert httpx.get(f"{service.url}/posts").status_code == 200
