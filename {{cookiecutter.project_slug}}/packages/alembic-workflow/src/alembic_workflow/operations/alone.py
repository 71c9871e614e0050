"""Statements that run by themselves: in no transaction, with no timeout, and not cut short."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op

_TIMEOUTS = ("lock_timeout", "statement_timeout")


@contextmanager
def alone() -> Iterator[None]:
    """Use neither a transaction nor timeouts, as these would leave an invalid index."""
    # Statements may wait: it is for SHARE UPDATE EXCLUSIVE, behind which no read or write queues.
    with op.get_context().autocommit_block():
        for name in _TIMEOUTS:
            op.execute(f"SELECT set_config('before.{name}', current_setting('{name}'), false)")
            op.execute(f"SET {name} = 0")
        try:
            yield
        finally:
            for name in _TIMEOUTS:
                op.execute(f"SELECT set_config('{name}', current_setting('before.{name}'), false)")


@contextmanager
def signals_afterwards() -> Iterator[None]:
    """Let Ctrl-C cancel the statement, as `env.py` sees to, and end the process after the block."""
    # An exception in the middle of a statement would make SQLAlchemy give the connection up.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: arrived.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if arrived:
            signal.raise_signal(signal.SIGINT)
