import asyncio

import pytest
from fastapi import HTTPException

from app.admission import Admission


async def enter_and_note(admission: Admission, name: str, entered: list[str]) -> None:
    await admission.enter()
    entered.append(name)


def test_places_are_given_in_the_order_of_arrival() -> None:
    async def run() -> list[str]:
        admission = Admission(places=1, longest_queue=3, patience=30)
        entered: list[str] = []
        async with asyncio.TaskGroup() as group:
            for name in "abcd":
                group.create_task(enter_and_note(admission, name, entered))
                await asyncio.sleep(0)
            for count in range(1, 5):
                while len(entered) < count:
                    await asyncio.sleep(0)
                assert len(entered) == count
                admission.leave()
        return entered

    assert asyncio.run(run()) == ["a", "b", "c", "d"]


def test_who_comes_to_a_full_queue_is_told_to_come_back() -> None:
    async def run() -> HTTPException:
        admission = Admission(places=1, longest_queue=1, patience=30)
        await admission.enter()
        async with asyncio.TaskGroup() as group:
            group.create_task(admission.enter())
            await asyncio.sleep(0)
            with pytest.raises(HTTPException) as refused:
                await admission.enter()
            admission.leave()
        return refused.value

    error = asyncio.run(run())

    assert error.status_code == 503
    assert error.headers == {"Retry-After": "1"}
    assert error.detail == "The service is busy. Try again in a moment."


def test_who_waits_too_long_is_told_to_come_back_and_leaves_the_queue() -> None:
    async def run() -> None:
        admission = Admission(places=1, longest_queue=1, patience=0.01)
        await admission.enter()
        for _ in range(3):
            with pytest.raises(HTTPException, match="503"):
                await admission.enter()
        admission.leave()
        await admission.enter()

    asyncio.run(run())


def test_a_place_is_not_lost_when_its_turn_comes_to_a_request_that_is_cancelled() -> None:
    async def run() -> None:
        admission = Admission(places=1, longest_queue=5, patience=30)
        await admission.enter()
        waiting = asyncio.create_task(admission.enter())
        await asyncio.sleep(0)
        admission.leave()
        waiting.cancel()
        await asyncio.wait([waiting])
        if not waiting.cancelled():
            admission.leave()
        async with asyncio.timeout(5):
            await admission.enter()

    asyncio.run(run())
