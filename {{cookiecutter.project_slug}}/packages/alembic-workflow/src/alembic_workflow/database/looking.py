"""Looks at what goes on meanwhile, from a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_LINES = 5


@contextmanager
def looking(look: Callable[[], object]) -> Iterator[None]:
    """Call the function now and then until the block ends, or the server is gone."""
    done = threading.Event()

    def run() -> None:
        with suppress(SQLAlchemyError):  # whoever works with the server tells that it is gone
            while not done.wait(SECONDS_BETWEEN_LOOKS):
                look()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
