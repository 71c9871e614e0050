import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import httpx2 as httpx
import pytest
from websockets.sync.client import connect

SECONDS = "2"
LONGEST_WAIT = 30
APPLICATION = """
import asyncio, sys
sys.argv[1:1] = ["--log-level", "warning"]
from fastapi import WebSocket
from app.main import app

@app.websocket("/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())

@app.post("/slow")
async def slow(body: list[int]) -> int:
    await asyncio.sleep(3)
    return len(body)

import runpy
runpy.run_module("app", run_name="__main__")
"""


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    """A client of `python -m app`, where requests have two seconds to arrive in."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", APPLICATION, "--port", str(port)],
        env=os.environ | {"REQUEST_SECONDS": SECONDS},
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_WAIT) as client:
        while process.poll() is None:
            with suppress(httpx.TransportError):
                client.get("/health/live")
                break
            time.sleep(0.05)
        yield client
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=LONGEST_WAIT) == 0


def address_of(server: httpx.Client) -> tuple[str, int]:
    """Return where it listens."""
    assert server.base_url.port is not None
    return server.base_url.host, server.base_url.port


def read_answer(connection: socket.socket) -> bytes:
    """Return an answer whose body is one character."""
    received = b""
    while not received.partition(b"\r\n\r\n")[2]:
        received += (part := connection.recv(1000))
        assert part, received
    return received


def send_slowly(server: httpx.Client, begin: bytes) -> bytes:
    """Send this, and then a byte now and then; return what the server said before it hung up."""
    with socket.create_connection(address_of(server), timeout=LONGEST_WAIT) as connection:
        connection.sendall(begin)
        connection.settimeout(0.1)
        deadline = time.monotonic() + LONGEST_WAIT
        received = b""
        while time.monotonic() < deadline:
            try:
                received += (part := connection.recv(1000))
                if not part:
                    return received
            except TimeoutError:
                if begin:
                    connection.sendall(b"a")
            except ConnectionError:
                return received
    raise AssertionError("The connection was kept.")


HEAD = b"POST /slow HTTP/1.1\r\nHost: a\r\n"
GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"
JSON = b"Content-Type: application/json\r\n"


SLOW = {
    b"": b"",
    b"GET /": b"HTTP/1.1 408",
    HEAD + b"X-Slow: ": b"HTTP/1.1 408",
    HEAD + JSON + b"Content-Length: 9999\r\n\r\n": b"HTTP/1.1 408",
    GET + b"\r\n" + GET + b"X-Slow: ": b"HTTP/1.1 200",
    GET + b"Content-Length: 9999\r\n\r\n": b"HTTP/1.1 200",
}


def test_clients_that_send_too_slowly_are_dropped(server: httpx.Client) -> None:
    with ThreadPoolExecutor(len(SLOW)) as threads:
        answers = list(threads.map(partial(send_slowly, server), SLOW))

    assert [answer[:12] for answer in answers] == list(SLOW.values())


def test_a_client_that_waits_for_its_turn_is_not(server: httpx.Client) -> None:
    request = HEAD + JSON + b"Content-Length: 3\r\n\r\n"

    with socket.create_connection(address_of(server), timeout=LONGEST_WAIT) as connection:
        connection.sendall(request + b"[1]" + request)
        assert read_answer(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(b"[2]")
        assert read_answer(connection).startswith(b"HTTP/1.1 200")


def test_a_request_that_arrived_is_answered_however_long_that_takes(server: httpx.Client) -> None:
    assert server.post("/slow", json=[1, 2]).json() == 2


def test_a_websocket_lives_longer(server: httpx.Client) -> None:
    url = f"ws://{server.base_url.host}:{server.base_url.port}/echo"

    with connect(url) as websocket:
        server.post("/slow", json=[])
        websocket.send("still here")
        assert websocket.recv() == "still here"
