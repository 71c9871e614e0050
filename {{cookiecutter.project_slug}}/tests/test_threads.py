import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import HTTPException

from app.logging import request_id
from app.threads import BoundedThreads

SECONDS_TO_WAIT = 30


@asynccontextmanager
async def busy(threads: BoundedThreads, group: asyncio.TaskGroup) -> AsyncIterator[None]:
    """Keep the only thread busy."""
    done = threading.Event()
    group.create_task(threads.run(done.wait, SECONDS_TO_WAIT))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        done.set()


def test_calls_are_made_in_the_order_of_arrival() -> None:
    made: list[str] = []

    async def run() -> None:
        threads = BoundedThreads(1, longest_queue=9, patience=SECONDS_TO_WAIT)
        async with asyncio.TaskGroup() as group, busy(threads, group):
            for name in "abcd":
                group.create_task(threads.run(made.append, name))
            await asyncio.sleep(0)
            assert made == []

    asyncio.run(run())

    assert made == ["a", "b", "c", "d"]


def test_as_many_calls_as_there_are_threads_run_at_a_time() -> None:
    meeting = threading.Barrier(3, timeout=SECONDS_TO_WAIT)

    async def run() -> list[int]:
        threads = BoundedThreads(3, longest_queue=0, patience=SECONDS_TO_WAIT)
        return await asyncio.gather(*(threads.run(meeting.wait) for _ in range(3)))

    assert sorted(asyncio.run(run())) == [0, 1, 2]


def test_who_comes_to_a_full_queue_is_told_to_come_back() -> None:
    async def run() -> HTTPException:
        threads = BoundedThreads(1, longest_queue=1, patience=SECONDS_TO_WAIT)
        async with asyncio.TaskGroup() as group, busy(threads, group):
            group.create_task(threads.run(int))
            await asyncio.sleep(0)
            with pytest.raises(HTTPException) as refused:
                await threads.run(int)
        return refused.value

    error = asyncio.run(run())

    assert error.status_code == 503
    assert error.headers == {"Retry-After": "1"}
    assert error.detail == "The service is busy. Try again in a moment."


def test_who_waits_too_long_is_told_to_come_back_and_leaves_the_queue() -> None:
    made: list[str] = []

    async def run() -> None:
        threads = BoundedThreads(1, longest_queue=1, patience=0.01)
        async with asyncio.TaskGroup() as group, busy(threads, group):
            for _ in range(3):
                with pytest.raises(HTTPException, match="503"):
                    await threads.run(made.append, "too late")
        threads._patience = SECONDS_TO_WAIT  # however slow the machine is
        await threads.run(made.append, "in time")

    asyncio.run(run())

    assert made == ["in time"]


def test_a_call_that_has_begun_is_waited_for_beyond_the_patience() -> None:
    async def run() -> str:
        threads = BoundedThreads(1, longest_queue=0, patience=1)
        begun, done = threading.Event(), threading.Event()

        def work() -> str:
            begun.set()
            done.wait(SECONDS_TO_WAIT)
            return "done"

        running = asyncio.create_task(threads.run(work))
        await asyncio.to_thread(begun.wait, SECONDS_TO_WAIT)
        await asyncio.sleep(1.1)
        done.set()
        return await running

    assert asyncio.run(run()) == "done"


def test_a_call_whose_task_is_cancelled_is_not_made() -> None:
    made: list[str] = []

    async def run() -> None:
        threads = BoundedThreads(1, longest_queue=1, patience=SECONDS_TO_WAIT)
        async with asyncio.TaskGroup() as group, busy(threads, group):
            waiting = asyncio.create_task(threads.run(made.append, "cancelled"))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            group.create_task(threads.run(made.append, "next"))
            await asyncio.sleep(0)

    asyncio.run(run())

    assert made == ["next"]


def test_the_error_of_a_call_is_raised() -> None:
    async def run() -> None:
        threads = BoundedThreads(1, longest_queue=0, patience=SECONDS_TO_WAIT)
        for _ in range(3):
            with pytest.raises(ValueError, match="invalid literal"):
                await threads.run(int, "x")

    asyncio.run(run())


def test_a_call_that_raises_stop_iteration_does_not_wait_for_ever() -> None:
    async def run() -> None:
        threads = BoundedThreads(1, longest_queue=0, patience=SECONDS_TO_WAIT)
        async with asyncio.timeout(SECONDS_TO_WAIT):
            with pytest.raises(RuntimeError, match="StopIteration"):
                await threads.run(next, iter([]))

    asyncio.run(run())


def test_a_call_knows_the_id_of_its_request() -> None:
    async def run() -> str | None:
        request_id.set("the-id")
        threads = BoundedThreads(1, longest_queue=0, patience=SECONDS_TO_WAIT)
        return await threads.run(request_id.get)

    assert asyncio.run(run()) == "the-id"


def test_knows_its_threads_from_others() -> None:
    async def run() -> tuple[bool, bool]:
        threads = BoundedThreads(1, longest_queue=0, patience=SECONDS_TO_WAIT)
        return await threads.run(threads.own_current_thread), threads.own_current_thread()

    assert asyncio.run(run()) == (True, False)
