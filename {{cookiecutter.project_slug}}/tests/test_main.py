import os
import signal
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

SECONDS_TO_START = 60
PROGRAM = """
from fastapi.testclient import TestClient
from sqlalchemy import text
from app.database import engine
from app.main import app

client = TestClient(app, headers={"Origin": "https://app.example.com"})
response = client.post("/unknown", content="0123456789")
print(response.status_code, response.headers["Content-Type"])
response = client.post("/unknown", content="0123456789+")
print(response.status_code, response.headers["Access-Control-Allow-Origin"])
print(*{*app.openapi()["paths"]["/health/live"]["get"]["responses"]})
with engine.connect() as connection:
    connection.execute(text("SELECT 1 AS number"))
"""
SETTINGS = {
    "CORS_ORIGINS": "https://app.example.com",
    "MAX_BODY_BYTES": "10",
    "SLOW_STATEMENT_SECONDS": "0",
}


def test_the_service_keeps_to_its_settings() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | SETTINGS,
        capture_output=True,
        text=True,
        check=True,
    )

    first, second, responses = result.stdout.splitlines()
    assert first == "404 application/problem+json"
    assert second == "413 https://app.example.com"
    assert set(responses.split()) == {"200", "4XX", "5XX"}
    assert "s: SELECT 1 AS number" in result.stderr


def test_a_service_that_is_told_to_end_does_so_without_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "app", "--port", str(port)])
    try:
        _wait_for(f"http://127.0.0.1:{port}/health/live")
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS_TO_START) == 0
    finally:
        process.kill()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            urlopen(url).close()
            return
        except URLError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
