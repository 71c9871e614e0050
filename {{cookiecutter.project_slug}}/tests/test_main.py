import os
import signal
import subprocess
import sys

SECONDS_TO_END = 60
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


SLEEPERS = """
import asyncio, threading
import httpx2 as httpx
from app.database import SessionDep
from app.main import app, lifespan
from sqlalchemy import text

woken = threading.Event()
app.get("/sleep")(lambda: woken.wait(60))

@app.get("/one")
def one(session: SessionDep) -> int:
    return session.execute(text("SELECT 1")).scalar()

async def main():
    transport = httpx.ASGITransport(app=app)
    async with lifespan(app), httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        sleeping = [asyncio.create_task(client.get("/sleep")) for _ in range(100)]
        async with asyncio.timeout(30):
            print((await client.get("/one")).text)
        woken.set()
        print({response.result().status_code for response in sleeping if await response})

asyncio.run(main())
"""


def test_a_route_with_a_session_does_not_wait_for_a_hundred_that_sleep() -> None:
    result = subprocess.run([sys.executable, "-c", SLEEPERS], capture_output=True, text=True)

    assert result.stdout.split() == ["1", "{200}"], result.stderr


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
    service = subprocess.Popen(
        [sys.executable, "-m", "app", "--port", "0"],
        env=os.environ | {"LOG_LEVEL": "INFO"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert service.stderr is not None
    with service:
        try:
            assert any("running on http://" in line for line in service.stderr)
            service.send_signal(signal.SIGTERM)
            assert service.wait(SECONDS_TO_END) == 0
        finally:
            service.kill()
