"""Threads that take calls in turn; who waits for one waits in the event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from fastapi import HTTPException, status

RETRY_AFTER_SECONDS = 1

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


class BoundedThreads:
    """Some threads, and a queue for them that is bounded in number and in time."""

    def __init__(self, threads: int, longest_queue: int, patience: float) -> None:
        """Take how many calls may run, how many may wait, and for how many seconds."""
        self._mark = threading.local()
        self._threads = ThreadPoolExecutor(
            threads, initializer=setattr, initargs=(self._mark, "is_ours", True)
        )
        self._most_calls = threads + longest_queue
        self._patience = patience
        self._calls = 0

    async def run(
        self,
        function: Callable[Parameters, Returned],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Returned:
        """Return what the function returns, called in a thread when it is its turn.

        Raises HTTPException 503 if the queue is full or does not move.
        """
        if self._calls >= self._most_calls:
            raise _busy()
        self._calls += 1
        try:
            work = partial(function, *arguments, **options)
            call = self._threads.submit(copy_context().run, self._call, work)
            # Without effect once the call has begun.
            give_up = asyncio.get_running_loop().call_later(self._patience, call.cancel)
            try:
                return await asyncio.wrap_future(call)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if call.cancelled() and task is not None and not task.cancelling():
                    raise _busy() from None
                raise
            finally:
                give_up.cancel()
        finally:
            self._calls -= 1

    def own_current_thread(self) -> bool:
        """Tell whether the thread that asks is one of them."""
        return hasattr(self._mark, "is_ours")

    @staticmethod
    def _call(function: Callable[[], Returned]) -> Returned:
        try:
            return function()
        except StopIteration as error:  # which no future takes: who awaits it would wait for ever
            raise RuntimeError("StopIteration was raised in a thread") from error


def _busy() -> HTTPException:
    return HTTPException(
        status.HTTP_503_SERVICE_UNAVAILABLE,
        "The service is busy. Try again in a moment.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
