"""What Alembic prints."""

import logging

_SAID_EVERY_TIME = ("Context impl ", "Will assume ", "Generating static SQL")


def _is_news(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_SAID_EVERY_TIME)


def leave_out_what_is_said_every_time() -> None:
    """Keep Alembic's log to what this command does: the revisions that run, the changes found."""
    logging.getLogger("alembic.runtime.migration").addFilter(_is_news)
    # It logs an error and prints it too.
    logging.getLogger("alembic.util.messaging").setLevel(logging.CRITICAL)
