import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import QueuePool

from app.config import settings
from app.health.readiness import Readiness
from app.routers import health


@pytest.fixture
def _unreachable_database(monkeypatch: pytest.MonkeyPatch) -> None:
    url = settings.database_url.set(host="127.0.0.1", port=1, password="a-secret", query={})
    monkeypatch.setattr(health, "readiness", Readiness(url))


def test_is_live(client: TestClient) -> None:
    response = client.get("/health/live")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_is_ready_when_the_database_answers_at_the_schema_of_the_code(client: TestClient) -> None:
    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.usefixtures("_unreachable_database")
def test_is_not_ready_when_the_database_does_not_answer(client: TestClient) -> None:
    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["detail"] == "The database does not answer."


@pytest.mark.usefixtures("_unreachable_database")
def test_is_live_when_the_database_does_not_answer(client: TestClient) -> None:
    assert client.get("/health/live").status_code == 200


@pytest.mark.usefixtures("_unreachable_database")
def test_logs_why_it_is_not_ready_without_the_password(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/health/ready")

    assert "127.0.0.1" in caplog.text
    assert "a-secret" not in caplog.text


PROBES = ("/health/live", "/health/ready")


@pytest.mark.parametrize(("level", "expected"), [(logging.INFO, []), (logging.DEBUG, list(PROBES))])
def test_a_probe_that_succeeds_is_logged_for_debugging_only(
    client: TestClient, caplog: pytest.LogCaptureFixture, level: int, expected: list[str]
) -> None:
    caplog.set_level(level, "app.access")

    for path in PROBES:
        assert client.get(path).status_code == 200

    logged = [record for record in caplog.records if record.name == "app.access"]
    assert [vars(record)["route"] for record in logged] == expected


@pytest.mark.usefixtures("_unreachable_database")
def test_a_probe_that_fails_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "app.access")

    client.get("/health/ready")

    [record] = [record for record in caplog.records if record.name == "app.access"]
    assert (vars(record)["route"], vars(record)["status"]) == ("/health/ready", 503)


def test_the_connection_of_the_probe_is_closed_at_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    readiness = Readiness(settings.database_url)
    monkeypatch.setattr(health, "readiness", readiness)
    application = FastAPI()
    application.include_router(health.router)

    with TestClient(application) as client:
        client.get("/health/ready")
        assert open_connections(readiness) == 1

    assert open_connections(readiness) == 0


def open_connections(readiness: Readiness) -> int:
    pool = readiness._engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedin()
