"""Logging: one readable line per event, on standard error."""

import logging

LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def configure_logging(level: str) -> None:
    """Send the log of the app, its libraries and uvicorn to standard error, from `level` on.

    A root logger that already has handlers, as under pytest, keeps them and its level.
    """
    logging.basicConfig(level=level, format=LINE)
    # uvicorn has handlers of its own, with a format without time.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
