"""Lets in as many requests as there are connections; the others wait in the event loop."""

import anyio
from fastapi import HTTPException, status

SECONDS_TO_STAY_AWAY = 1


class Admission:
    """Places that are taken first come, first served, by a queue that is bounded.

    If requests queued for a connection inside a worker thread, waiting requests would take every
    thread, and those that hold a connection could not finish.
    """

    def __init__(self, places: int, longest_queue: int, patience: float) -> None:
        """Take how many may be in, how many may wait, and for how many seconds."""
        self._places = anyio.Semaphore(places)
        self._longest_queue = longest_queue
        self._patience = patience
        self._waiting = 0

    async def enter(self) -> None:
        """Take a place. Raises HTTPException 503 if the queue is full or does not move."""
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            await self._queue()

    def leave(self) -> None:
        """Give the place back, to the one who has waited longest."""
        self._places.release()

    async def _queue(self) -> None:
        if self._waiting >= self._longest_queue:
            raise _busy()
        self._waiting += 1
        try:
            with anyio.fail_after(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1


def _busy() -> HTTPException:
    return HTTPException(
        status.HTTP_503_SERVICE_UNAVAILABLE,
        "The service is busy. Try again in a moment.",
        headers={"Retry-After": str(SECONDS_TO_STAY_AWAY)},
    )
