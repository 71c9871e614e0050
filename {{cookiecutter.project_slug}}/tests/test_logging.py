import json
import logging
import os
import re
import subprocess
import sys
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from app.config import settings
from app.database import engine
from app.database.cursor import TimedCursor
from app.http.logging import JsonFormatter, TextFormatter

# In a process of its own, because logging is configured once for a whole process.
EVENTS = """
import logging
import uvicorn
from app.http.logging import configure_logging

uvicorn.Config("app.main:app")
configure_logging("INFO")
for name in ("app.orders", "uvicorn.error", "uvicorn.access"):
    logging.getLogger(name).info("from %s\\n", name, extra={"color_message": "", "order": 7})
logging.getLogger("app.orders").debug("not important")
"""

SERVER = """
import uvicorn
from app.main import app

@app.get("/defect/{number}")
def fail(number: int) -> None:
    raise RuntimeError("the reason")

uvicorn.run(app, port=0)
"""


OF_ALEMBIC = """
import logging
from app.http.logging import configure_logging

configure_logging("LEVEL")
for level in ("INFO", "WARNING", "ERROR"):
    logging.getLogger("alembic.runtime").log(getattr(logging, level), level)
"""


def entries(output: str) -> list[dict[str, Any]]:
    """Return the objects, one a line; uvicorn writes its first lines before the app is there."""
    return [json.loads(line) for line in output.splitlines() if not line.startswith("INFO: ")]


def test_the_app_and_uvicorn_log_each_event_once_as_an_object_a_line() -> None:
    result = subprocess.run(
        [sys.executable, "-c", EVENTS], capture_output=True, text=True, check=True
    )

    logged = entries(result.stderr)
    assert [(entry["logger"], entry["message"]) for entry in logged] == [
        ("app.orders", "from app.orders\n"),
        ("uvicorn.error", "from uvicorn.error\n"),
    ]
    for entry in logged:
        assert set(entry) == {"time", "level", "logger", "message", "order"}
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry["time"])
    assert result.stdout == ""


def test_on_a_terminal_an_event_is_a_line_for_people() -> None:
    terminal, its_end = os.openpty()
    subprocess.run([sys.executable, "-c", EVENTS], stderr=its_end, check=True)
    os.close(its_end)

    lines = os.read(terminal, 10_000).decode().splitlines()
    os.close(terminal)
    assert [line.partition(",")[2][4:] for line in lines if line] == [
        "INFO    app.orders: from app.orders",
        "INFO    uvicorn.error: from uvicorn.error",
    ]


def test_the_line_of_an_event_in_a_request_ends_with_the_requests_id() -> None:
    record = logging.LogRecord("app.orders", logging.INFO, "", 0, "paid %s", ("late",), None)
    record.request_id = "abc-1"

    assert TextFormatter().format(record).endswith("INFO    app.orders: paid late [abc-1]")


def test_a_server_logs_an_exception_once_and_each_request_once() -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"LOG_LEVEL": "INFO"},
    )
    assert server.stderr is not None
    with server:
        try:
            lines = iter(server.stderr.readline, "")
            url = next(found[0] for line in lines if (found := re.search(r"http://[\d.:]+", line)))
            request = Request(f"{url}/defect/7?token=a-secret", headers={"X-Request-ID": "abc-1"})
            with pytest.raises(HTTPError, match="500") as refusal:
                urlopen(request, timeout=30)
            refusal.value.close()
        finally:
            server.terminate()
        output = server.stderr.read()

    of_request = [entry for entry in entries(output) if entry.get("request_id") == "abc-1"]
    [access] = [entry for entry in of_request if entry["logger"] == "app.access"]
    [failure] = [entry for entry in of_request if entry["logger"] != "app.access"]
    assert (access["route"], access["status"]) == ("/defect/{number}", 500)
    assert failure["level"] == "ERROR"
    assert failure["exception"].endswith("RuntimeError: the reason")
    assert output.count("the reason") == failure["exception"].count("the reason")
    assert "a-secret" not in output


@pytest.mark.parametrize(
    ("level", "logged"),
    [("DEBUG", ["WARNING", "ERROR"]), ("INFO", ["WARNING", "ERROR"]), ("ERROR", ["ERROR"])],
)
def test_what_alembic_tells_of_itself_is_left_out(level: str, logged: list[str]) -> None:
    program = OF_ALEMBIC.replace("LEVEL", level)
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert [entry["message"] for entry in entries(result.stderr)] == logged


def engine_that_logs_from(seconds: float) -> Engine:
    cursor = type("Cursor", (TimedCursor,), {"slow_seconds": seconds})
    return create_engine(
        settings.database_url, poolclass=NullPool, connect_args={"cursor_factory": cursor}
    )


@pytest.mark.parametrize(("seconds", "count"), [(0, 1), (60, 0)])
def test_a_slow_statement_is_logged_without_its_values(
    caplog: pytest.LogCaptureFixture, seconds: float, count: int
) -> None:
    engine = engine_that_logs_from(seconds)

    with engine.connect() as connection:
        connection.execute(text("SELECT  :value\n AS value"), {"value": "a-secret"})

    logged = [record for record in caplog.records if "AS value" in record.getMessage()]
    assert len(logged) == count
    for record in logged:
        assert "SELECT %(value)s AS value" in record.getMessage()
        assert "a-secret" not in str(vars(record))
        assert vars(record)["duration_ms"] > 0


def test_a_slow_statement_that_fails_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    engine = engine_that_logs_from(0)

    with engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 1"))
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT pg_sleep(9)"))

    assert "s: SELECT pg_sleep(9)" in caplog.text


def test_a_statement_for_many_rows_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with engine_that_logs_from(0).connect() as connection:
        connection.execute(text("SELECT :n AS many"), [{"n": 1}, {"n": 2}])

    assert caplog.text.count("SELECT %(n)s AS many") == 1


def test_the_service_logs_its_slow_statements() -> None:
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        assert isinstance(cursor, TimedCursor)
        assert cursor.slow_seconds == settings.slow_statement_seconds


def test_an_exception_is_a_member_of_the_object() -> None:
    try:
        raise ValueError("the reason")
    except ValueError:
        record = logging.makeLogRecord({"exc_info": sys.exc_info()})

    exception = json.loads(JsonFormatter().format(record))["exception"]

    assert exception.startswith("Traceback")
    assert exception.endswith("ValueError: the reason")
