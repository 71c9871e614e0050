"""Ctrl-C and SIGTERM while PostgreSQL works."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import psycopg2
from sqlalchemy import Connection

# As `kill` sends it, and a terminal that is closed; Windows lacks the second.
ENDING = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


def as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Call whoever handles Ctrl-C at the moment; a process in the background may ignore it."""
    handler = signal.getsignal(signal.SIGINT)
    (handler if callable(handler) else signal.default_int_handler)(signal.SIGINT, frame)


@contextmanager
def cancelled_by_signals(connection: Connection) -> Iterator[None]:
    """Cancel the running statement when Ctrl-C or SIGTERM arrives, and then do as Ctrl-C does.

    Python handles a signal between two of its own instructions, so not before a statement is done;
    the byte that C's handler writes to the wake-up socket comes at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    wakeup = signal.set_wakeup_fd(writer.fileno())
    terminate = signal.signal(signal.SIGTERM, as_ctrl_c)
    raw: Any = connection.connection.dbapi_connection

    def wait() -> None:
        while number := reader.recv(1):
            if number[0] in (signal.SIGINT, *ENDING):
                with suppress(psycopg2.Error):  # closed, or the server is gone
                    raw.cancel()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, terminate)
        signal.set_wakeup_fd(wakeup)
        writer.close()
        thread.join()
        reader.close()
