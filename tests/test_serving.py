"""The ways to serve a generated project."""

import time
from collections.abc import Iterator

import pytest
from baking import Project, bake
from running import python, serving, stop_postgres, succeed

pytestmark = pytest.mark.installs
SECONDS_TO_RELOAD = 30
ROUTER = """from fastapi import APIRouter, WebSocket

from app.database import SessionDep

router = APIRouter()


@router.websocket("/echo")
async def echo(websocket: WebSocket, session: SessionDep) -> None:
    await websocket.accept()
    await websocket.send_text(f"{await websocket.receive_text()} {session.is_active}")
    await websocket.close()


@router.get("/new")
async def new() -> str:
    return "new"
"""
CLIENT = """
from websockets.sync.client import connect

with connect("ws://{address}/echo") as socket:
    socket.send("hello")
    print(socket.recv())
"""
LOOP = """
import asyncio
from uvicorn.config import Config

config = Config("app.main:app")
config.load()
print(type(config.get_loop_factory()()).__module__, config.http_protocol_class.__module__)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = bake(tmp_path_factory.mktemp("serving"), starter="blank")
    succeed(project.path, "upgrade")
    yield project
    stop_postgres(project)


@pytest.mark.parametrize(
    "command",
    [
        [".venv/bin/fastapi", "dev", "--port", "PORT"],
        [".venv/bin/fastapi", "run", "--host", "127.0.0.1", "--port", "PORT"],
        [".venv/bin/python", "-m", "app", "--port", "PORT"],
        [".venv/bin/uvicorn", "app.main:app", "--port", "PORT"],
    ],
    ids=" ".join,
)
def test_serves(project: Project, command: list[str]) -> None:
    with serving(project.path, *command) as client:
        assert client.get("/health/ready").status_code == 200


def test_serves_on_uvloop_and_httptools(project: Project) -> None:
    result = python(project.path, "-c", LOOP)

    assert result.stdout.split() == ["uvloop", "uvicorn.protocols.http.httptools_impl"]


def test_a_new_router_is_served_without_a_restart_with_its_websocket(project: Project) -> None:
    with serving(project.path) as client:
        assert client.get("/new").status_code == 404
        (project.path / "app/routers/added.py").write_text(ROUTER)
        try:
            deadline = time.monotonic() + SECONDS_TO_RELOAD
            while (response := client.get("/new")).status_code == 404:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert response.json() == "new"
            address = f"{client.base_url.host}:{client.base_url.port}"
            said = python(project.path, "-c", CLIENT.format(address=address))
            assert said.stdout == "hello True\n", said.stderr
        finally:
            (project.path / "app/routers/added.py").unlink()
