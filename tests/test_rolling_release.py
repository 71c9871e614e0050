"""The blog's history from posts without an owner to votes, while releases of the service serve."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
from baking import Project, bake
from databases import rows
from dotenv import dotenv_values
from running import serving, stop_postgres, succeed, write_module
from sqlalchemy import make_url

pytestmark = pytest.mark.installs
POSTS, OWNER, FILLED, REQUIRED, PUBLISHED, VOTES = (
    *("8d3f2b6a9c04", "b2e94c7f1d58", "4f7a19c2d8e3"),
    *("d06b5e83a1f7", "c6071ad85e39", "e95d30f8b7a6"),
)
# Two releases from before this one: of posts as they were, and the one that writes the owner.
RELEASES = '''"""Earlier releases of the service."""

import sqlalchemy as sa
from fastapi import FastAPI

from app.database import SessionDep


def release(**values: object) -> FastAPI:
    """Return a service that knows these columns of posts beside title and content."""
    service = FastAPI()
    names = ("id", "title", "content", *values)
    posts = sa.table("posts", *map(sa.column, names))

    @service.get("/health/live")
    def live() -> str:
        return "ok"

    @service.post("/posts", status_code=201)
    def create(session: SessionDep) -> int:
        added = sa.insert(posts).values(title="one", content="text", **values)
        number = session.scalar(added.returning(posts.c.id))
        session.commit()
        return int(number or 0)

    @service.patch("/posts/{number}")
    def update(number: int, session: SessionDep) -> str:
        session.execute(sa.update(posts).where(posts.c.id == number).values(title="two"))
        session.commit()
        return "done"

    @service.get("/posts")
    def newest(session: SessionDep) -> list[str]:
        query = sa.select(posts).order_by(posts.c.id.desc()).limit(5)
        return [str(row.title) for row in session.execute(query)]

    return service


before = release()
between = release(owner_id=1)
'''
FILL = (
    "INSERT INTO users (email, hashed_password) VALUES ('a@example.com', 'x')",
    "INSERT INTO posts (title, content) SELECT 'n' || i, 't' FROM generate_series(1, 20000) AS i",
)


class Clients(threading.Thread):
    """Readers and writers, one request after the other, to whichever release serves."""

    def __init__(self, client: httpx.Client) -> None:
        """Take the client of the release that serves."""
        super().__init__()
        self.client = client
        self.answered = 0
        self.failed: list[str] = []
        self._stopped = threading.Event()

    def run(self) -> None:
        """Write, change and read posts until it is stopped."""
        while not self._stopped.is_set():
            try:
                number = self._request("POST", "/posts")
                self._request("PATCH", f"/posts/{number}")
                self._request("GET", "/posts")
            except httpx.HTTPError as error:
                self.failed.append(repr(error))

    def _request(self, method: str, path: str) -> str:
        answer = self.client.request(method, path)
        self.answered += 1
        if answer.is_error:
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.text

    def stop(self) -> None:
        """Let it end after its request, and wait until it has."""
        self._stopped.set()
        self.join()


@contextmanager
def served(client: httpx.Client) -> Iterator[Clients]:
    """Requests meanwhile, none of which may fail."""
    clients = Clients(client)
    clients.start()
    try:
        yield clients
    finally:
        clients.stop()
    assert clients.failed == []
    assert clients.answered > 0


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """The blog before posts had owners, with some thousand of them."""
    project = bake(tmp_path, starter="blog")
    succeed(project.path, "upgrade", f"to={POSTS}")
    url = make_url(str(dotenv_values(project.path / ".env")["DATABASE_URL"]))
    rows(url.set(drivername="postgresql+psycopg2"), *FILL)
    write_module(project.path / "releases.py", RELEASES)
    yield project
    stop_postgres(project)


def uvicorn(application: str) -> list[str]:
    """Return the command that serves a release."""
    return [".venv/bin/uvicorn", application, "--port", "PORT", "--log-level", "warning"]


def test_no_request_fails_from_posts_without_owner_to_votes(project: Project) -> None:
    with serving(project.path, *uvicorn("releases:between")) as between:
        with serving(project.path, *uvicorn("releases:before")) as before, served(before):
            succeed(project.path, "upgrade", f"to={OWNER}")
        with served(between):
            for revision in (FILLED, REQUIRED, PUBLISHED, VOTES):
                succeed(project.path, "upgrade", f"to={revision}")
            with serving(project.path, *uvicorn("app.main:app")) as newest:
                posts = newest.get("/posts").json()["items"]
                assert posts[0]["owner_id"] == 1
                assert newest.get("/health/ready").status_code == 200
