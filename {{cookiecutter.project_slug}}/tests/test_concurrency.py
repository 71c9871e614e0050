import asyncio
import threading

import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi import HTTPException

from app.concurrency import BoundedQueue
from app.http.logging import request_id

SECONDS_TO_WAIT = 30


def queue_of(places: int, longest_queue: int = 9, seconds: float = SECONDS_TO_WAIT) -> BoundedQueue:
    return BoundedQueue(places, longest_queue, seconds)


async def let_others_run() -> None:
    """Return when every task that could do something has done it."""
    for _ in range(9):
        await asyncio.sleep(0)


def test_calls_are_made_in_the_order_of_arrival() -> None:
    made: list[str] = []

    async def run() -> None:
        queue = queue_of(1)
        async with asyncio.TaskGroup() as group, queue.place():
            for name in "abcd":
                group.create_task(queue.run(made.append, name))
            await let_others_run()
            assert made == []

    asyncio.run(run())

    assert made == ["a", "b", "c", "d"]


def test_as_many_calls_as_there_are_places_run_at_a_time() -> None:
    meeting = threading.Barrier(3, timeout=SECONDS_TO_WAIT)

    async def run() -> list[int]:
        queue = queue_of(3, longest_queue=0)
        return await asyncio.gather(*(queue.run(meeting.wait) for _ in range(3)))

    assert sorted(asyncio.run(run())) == [0, 1, 2]


def test_who_comes_to_a_full_queue_is_told_to_come_back() -> None:
    async def run() -> HTTPException:
        queue = queue_of(1, longest_queue=1)
        async with asyncio.TaskGroup() as group, queue.place():
            group.create_task(queue.run(int))
            await let_others_run()
            with pytest.raises(HTTPException) as refused:
                await queue.run(int)
        return refused.value

    error = asyncio.run(run())

    assert error.status_code == 503
    assert error.headers == {"Retry-After": "1"}
    assert error.detail == "The service is busy. Try again in a moment."


def test_who_waits_too_long_is_told_to_come_back_and_leaves_the_queue() -> None:
    async def run() -> str:
        queue = queue_of(1, longest_queue=1, seconds=0.01)
        async with queue.place():
            for _ in range(3):
                with pytest.raises(HTTPException, match="503"):
                    await queue.run(str, "too late")
        return await queue.run(str, "in time")

    assert asyncio.run(run()) == "in time"


def test_a_call_that_has_begun_is_waited_for_beyond_the_time_to_wait() -> None:
    async def run() -> str:
        queue = queue_of(1, seconds=0.01)
        begun, done = threading.Event(), threading.Event()

        def work() -> str:
            begun.set()
            done.wait(SECONDS_TO_WAIT)
            return "done"

        running = asyncio.create_task(queue.run(work))
        await asyncio.to_thread(begun.wait, SECONDS_TO_WAIT)
        with pytest.raises(HTTPException, match="503"):
            await queue.run(int)
        done.set()
        return await running

    assert asyncio.run(run()) == "done"


def test_a_call_whose_task_is_cancelled_is_not_made_and_leaves_the_queue() -> None:
    made: list[str] = []

    async def run() -> None:
        queue = queue_of(1, longest_queue=1)
        async with asyncio.TaskGroup() as group, queue.place():
            waiting = asyncio.create_task(queue.run(made.append, "cancelled"))
            await let_others_run()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            group.create_task(queue.run(made.append, "next"))
            await let_others_run()

    asyncio.run(run())

    assert made == ["next"]


def test_the_error_of_a_call_is_raised_and_its_place_is_free() -> None:
    async def run() -> None:
        queue = queue_of(1, longest_queue=0)
        for _ in range(3):
            with pytest.raises(ValueError, match="invalid literal"):
                await queue.run(int, "x")

    asyncio.run(run())


def test_a_call_needs_none_of_the_threads_that_other_routes_keep() -> None:
    async def run() -> str:
        current_default_thread_limiter().total_tokens = 0
        async with asyncio.timeout(SECONDS_TO_WAIT):
            return await queue_of(1).run(str, "done")

    assert asyncio.run(run()) == "done"


def test_a_call_knows_the_id_of_its_request() -> None:
    async def run() -> str | None:
        request_id.set("the-id")
        return await queue_of(1).run(request_id.get)

    assert asyncio.run(run()) == "the-id"
