"""Filters of Alembic's log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_SAID_EVERY_TIME = ("Context impl ", "Will assume ", "Generating static SQL")


def _is_news(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_SAID_EVERY_TIME)


def filter_alembic_noise() -> None:
    """Keep Alembic's log to what this command does: the revisions that run, the changes found."""
    logging.getLogger("alembic.runtime.migration").addFilter(_is_news)
    # It logs an error and prints it too.
    logging.getLogger("alembic.util.messaging").setLevel(logging.CRITICAL)


@contextmanager
def quiet(*names: str) -> Iterator[None]:
    """Keep back what these loggers would tell of a scratch database, but for warnings."""
    logs = [logging.getLogger(name) for name in names]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
