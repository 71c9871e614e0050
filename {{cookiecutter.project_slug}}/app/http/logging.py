"""Logging on standard error: readable lines on a terminal, one JSON object per line elsewhere."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s%(request_mark)s"

# Set by the middleware; None outside of a request.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_STANDARD_ATTRIBUTES = vars(logging.makeLogRecord({})).keys() | {
    "asctime",
    "color_message",  # uvicorn's
    "message",
    "request_mark",
}
# Made once: json.dumps would make an encoder for every line.
_encode = json.JSONEncoder(default=str).encode


class TextFormatter(logging.Formatter):
    """For people."""

    def __init__(self) -> None:
        super().__init__(LINE)

    def format(self, record: logging.LogRecord) -> str:
        """Return a line, with the traceback below it if there is one."""
        identifier = getattr(record, "request_id", None)
        record.request_mark = f" [{identifier}]" if identifier else ""
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """For machines; what a call to the logger passes as `extra` becomes members of the object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one line."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for key, value in vars(record).items():
            if key not in _STANDARD_ATTRIBUTES:
                entry[key] = value
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return _encode(entry)


def add_request_id(record: logging.LogRecord) -> bool:
    """Let the record name the request that it belongs to; a filter that keeps every record."""
    if (identifier := request_id.get()) is not None:
        record.request_id = identifier
    return True


def configure_logging(level: str) -> None:
    """Send the log of the app, its libraries and uvicorn to standard error, from `level` on.

    Of Alembic, which /health/ready reads the revisions with, warnings are the least.

    A root logger that already has handlers, as under pytest, keeps them and its level.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(TextFormatter() if sys.stderr.isatty() else JsonFormatter())
    handler.addFilter(add_request_id)
    logging.basicConfig(level=level, handlers=[handler])
    least = max(logging.getLevelNamesMapping()[level], logging.WARNING)
    logging.getLogger("alembic").setLevel(least)
    # uvicorn has handlers of its own, with a format without time.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # Its access log has the query string; the middleware writes one without.
    logging.getLogger("uvicorn.access").propagate = False
