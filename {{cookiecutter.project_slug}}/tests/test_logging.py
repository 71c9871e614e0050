import subprocess
import sys

# In a process of its own, because logging is configured once for a whole process.
PROGRAM = """
import logging
import uvicorn
from app.logging import configure_logging

uvicorn.Config("app.main:app")
configure_logging("INFO")
for name in ("app.orders", "uvicorn.error", "uvicorn.access"):
    logging.getLogger(name).info("from %s", name)
logging.getLogger("app.orders").debug("not important")
"""


def test_the_app_and_uvicorn_log_each_event_once_in_one_format() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    lines = [line.split() for line in result.stderr.splitlines()]
    assert [" ".join(words[2:]) for words in lines] == [
        "INFO app.orders: from app.orders",
        "INFO uvicorn.error: from uvicorn.error",
        "INFO uvicorn.access: from uvicorn.access",
    ]
    assert result.stdout == ""
