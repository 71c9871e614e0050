"""A bounded queue in front of what only a few may use at a time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, WouldBlock, fail_after
from anyio.to_thread import run_sync
from fastapi import HTTPException, status

RETRY_AFTER_SECONDS = 1

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


class BoundedQueue:
    """Some places, and a queue for them that is bounded in number and in time.

    Who waits for a place waits in the event loop, and keeps no thread meanwhile.
    """

    def __init__(self, places: int, longest_queue: int, seconds: float) -> None:
        """Take how many places there are, how many may wait for one, and for how many seconds."""
        self._places = CapacityLimiter(places)
        # A thread for each, which FastAPI's own being busy does not delay.
        self._threads = CapacityLimiter(places)
        self._longest_queue = longest_queue
        self._seconds = seconds

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Keep a place within the block; HTTPException 503 if the queue is full, or too slow."""
        holder = object()
        await self.enter(holder)
        try:
            yield
        finally:
            self.leave(holder)

    async def enter(self, holder: object) -> None:
        """Take a place for the holder, who has to leave it. Raises as `place` does."""
        try:
            self._places.acquire_on_behalf_of_nowait(holder)
        except WouldBlock:
            await self._wait(holder)

    def leave(self, holder: object) -> None:
        """Let the next one have the holder's place."""
        self._places.release_on_behalf_of(holder)

    async def run(
        self,
        function: Callable[Parameters, Returned],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Returned:
        """Return what the function returns, called in a thread when it is its turn.

        Raises HTTPException 503 as `place` does.
        """
        async with self.place():
            return await self.run_in_place(function, *arguments, **options)

    async def run_in_place(
        self,
        function: Callable[Parameters, Returned],
        *arguments: Parameters.args,
        **options: Parameters.kwargs,
    ) -> Returned:
        """Return what the function returns, called in a thread, for who has a place already."""
        return await run_sync(partial(function, *arguments, **options), limiter=self._threads)

    async def _wait(self, holder: object) -> None:
        if self._places.statistics().tasks_waiting >= self._longest_queue:
            raise _busy()
        try:
            with fail_after(self._seconds):
                await self._places.acquire_on_behalf_of(holder)
        except TimeoutError:
            raise _busy() from None


def _busy() -> HTTPException:
    return HTTPException(
        status.HTTP_503_SERVICE_UNAVAILABLE,
        "The service is busy. Try again in a moment.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
