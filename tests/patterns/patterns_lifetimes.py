"""The life of a session, and its last users: cleanup, background tasks, streams."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import anyio.from_thread
from app.database import SessionFactory, run_in_session
from app.models.user import User
from fastapi import BackgroundTasks, Depends, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse
from sqlalchemy import text
from sqlalchemy.orm import Session
from variants import ONE, APIRouter, CurrentUser, SessionDep, ask, get_session, pattern

THREE = text("SELECT generate_series(1, 3)")
SET_A_NAME = text("UPDATE users SET email = :email")


def stored_email() -> str:
    with SessionFactory() as session:
        return session.execute(text("SELECT email FROM users")).scalar()


def one(session: Session) -> int:
    return session.execute(ONE).scalar()


@pattern
def what_is_not_committed() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> None:
        session.execute(SET_A_NAME, {"email": "lost@example.com"})

    return f"{ask(r)} {stored_email()}"


@pattern
def what_is_committed() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> None:
        session.execute(SET_A_NAME, {"email": "kept@example.com"})
        session.commit()

    return f"{ask(r)} {stored_email()}"


@pattern
def what_an_error_leaves_behind() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> None:
        session.execute(SET_A_NAME, {"email": "lost@example.com"})
        raise HTTPException(418)

    return f"{ask(r)} {stored_email()}"


@pattern
def a_user_that_is_changed_through_another_name_of_the_session() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(user: CurrentUser, session: Session = Depends(get_session)) -> str:
        user.email = "both@example.com"
        session.commit()
        return user.email

    return f"{ask(r)} {stored_email()}"


@pattern
def a_unit_of_work_that_ends_with_the_function() -> str:
    def unit(session: SessionDep) -> Iterator[Session]:
        yield session
        session.commit()

    r = APIRouter()

    @r.get("/x")
    def x(unit: Annotated[Session, Depends(unit, scope="function")], session: SessionDep) -> None:
        session.execute(SET_A_NAME, {"email": "unit@example.com"})

    return f"{ask(r)} {stored_email()}"


@pattern
def a_unit_of_work_that_commits_after_the_response() -> str:
    def unit(session: SessionDep) -> Iterator[Session]:
        yield session
        session.commit()

    r = APIRouter()

    @r.get("/x")
    def x(session: Annotated[Session, Depends(unit)]) -> None:
        session.execute(SET_A_NAME, {"email": "late@example.com"})

    return f"{ask(r)} {stored_email()}"


@pattern
def a_unit_of_work_on_get_session() -> str:
    def unit(session: Annotated[Session, Depends(get_session)]) -> Iterator[Session]:
        yield session
        session.commit()

    r = APIRouter()

    @r.get("/x")
    def x(user: CurrentUser, session: Annotated[Session, Depends(unit)]) -> None:
        session.execute(SET_A_NAME, {"email": "own@example.com"})

    return f"{ask(r)} {stored_email()}"


@pattern
def an_async_generator_on_the_session() -> str:
    async def count(session: SessionDep) -> AsyncIterator[int]:
        yield one(session)

    r = APIRouter()

    @r.get("/x")
    def x(n: Annotated[int, Depends(count)]) -> int:
        return n

    return ask(r)


@pattern
def nested_generators_on_the_session() -> str:
    log: list[str] = []

    def inner(session: SessionDep) -> Iterator[Session]:
        yield session
        log.append("inner")

    def outer(session: Annotated[Session, Depends(inner)]) -> Iterator[Session]:
        yield session
        log.append("outer")

    r = APIRouter()

    @r.get("/x")
    def x(session: Annotated[Session, Depends(outer)]) -> int:
        return one(session)

    return f"{ask(r)} {log}"


@pattern
def a_generator_that_turns_an_error_into_an_answer() -> str:
    def guard() -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            raise HTTPException(400, "owner error") from error

    r = APIRouter()

    @r.get("/x")
    def x(guard: Annotated[None, Depends(guard)], session: SessionDep) -> int:
        raise ValueError

    return ask(r)


@pattern
def a_generator_that_swallows_an_error() -> str:
    def guard() -> Iterator[None]:
        try:
            yield
        except ValueError:
            pass

    r = APIRouter()

    @r.get("/x")
    def x(guard: Annotated[None, Depends(guard)], session: SessionDep) -> int:
        raise ValueError

    return ask(r)


@pattern
def a_generator_that_fails_after_the_function() -> str:
    def guard() -> Iterator[None]:
        yield
        raise HTTPException(409, "too late")

    r = APIRouter()

    @r.get("/x")
    def x(guard: Annotated[None, Depends(guard, scope="function")], session: SessionDep) -> int:
        return one(session)

    return ask(r)


@pattern
def a_background_task_that_uses_the_session() -> str:
    seen: list[int] = []
    r = APIRouter()

    def later(session: Session) -> None:
        seen.append(one(session))

    @r.get("/x")
    def x(session: SessionDep, tasks: BackgroundTasks) -> int:
        tasks.add_task(later, session)
        return 1

    return f"{ask(r)} {seen}"


@pattern
def a_background_task_that_commits() -> str:
    r = APIRouter()

    def later(session: Session) -> None:
        session.add(User(email="task@example.com", hashed_password="x"))
        session.commit()

    @r.get("/x")
    def x(session: SessionDep, tasks: BackgroundTasks) -> int:
        tasks.add_task(later, session)
        return 1

    return ask(r)


@pattern
def a_background_task_with_a_session_of_its_own() -> str:
    seen: list[int] = []
    r = APIRouter()

    def later() -> None:
        with SessionFactory() as session:
            seen.append(one(session))

    @r.get("/x")
    def x(session: SessionDep, tasks: BackgroundTasks) -> int:
        tasks.add_task(later)
        return one(session)

    return f"{ask(r)} {seen}"


@pattern
def an_async_background_task_that_runs_in_a_session() -> str:
    seen: list[int] = []
    r = APIRouter()

    async def later() -> None:
        seen.append(await run_in_session(one))

    @r.get("/x")
    def x(session: SessionDep, tasks: BackgroundTasks) -> int:
        tasks.add_task(later)
        return one(session)

    return f"{ask(r)} {seen}"


@pattern
def a_task_that_outlives_the_request() -> str:
    async def run() -> int:
        await released.wait()
        return await run_in_session(one)

    r = APIRouter()
    released = asyncio.Event()
    tasks: list[asyncio.Task[int]] = []

    @r.get("/x")
    async def x(session: SessionDep) -> int:
        tasks.append(asyncio.create_task(run()))
        return one(session)

    @r.get("/y")
    async def y() -> int:
        released.set()
        return await tasks[0]

    from fastapi.testclient import TestClient
    from variants import new_app

    app = new_app()
    app.include_router(r)
    with TestClient(app) as client:
        return f"{client.get('/x').text} {client.get('/y').text}"


@pattern
def a_generator_endpoint_that_uses_the_session() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> Iterator[int]:
        yield from session.execute(THREE).scalars()

    return ask(r)


@pattern
def an_async_generator_endpoint_that_uses_the_session() -> str:
    r = APIRouter()

    @r.get("/x")
    async def x(session: SessionDep) -> AsyncIterator[int]:
        for number in session.execute(THREE).scalars():
            yield number

    return ask(r)


@pattern
def server_sent_events_that_use_the_session() -> str:
    r = APIRouter()

    @r.get("/x", response_class=EventSourceResponse)
    def x(session: SessionDep) -> Iterator[int]:
        yield from session.execute(THREE).scalars()

    return ask(r)


@pattern
def a_generator_endpoint_on_get_session() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: Annotated[Session, Depends(get_session)]) -> Iterator[int]:
        yield from session.execute(THREE).scalars()

    return ask(r)


@pattern
def a_generator_endpoint_without_a_session() -> str:
    r = APIRouter()

    @r.get("/x")
    def x() -> Iterator[int]:
        yield from range(3)

    return ask(r)


@pattern
def server_sent_events_without_a_session() -> str:
    r = APIRouter()

    @r.get("/x", response_class=EventSourceResponse)
    async def x() -> AsyncIterator[int]:
        for number in range(3):
            yield number

    return ask(r)


@pattern
def a_streaming_response_that_uses_the_session() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> StreamingResponse:
        def body() -> Iterator[str]:
            yield from (str(number) for number in session.execute(THREE).scalars())

        return StreamingResponse(body())

    return ask(r)


@pattern
def a_streaming_response_of_what_was_read() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> StreamingResponse:
        numbers = session.execute(THREE).scalars().all()
        return StreamingResponse(str(n) for n in numbers)

    return ask(r)


@pattern
def an_async_endpoint_with_a_session() -> str:
    r = APIRouter()

    @r.get("/x")
    async def x(session: SessionDep) -> int:
        return await run_in_threadpool(one, session)

    return ask(r)


@pattern
def an_async_endpoint_that_runs_in_a_session() -> str:
    r = APIRouter()

    @r.get("/x")
    async def x() -> int:
        return await run_in_session(one)

    return ask(r)


@pattern
def an_async_endpoint_that_runs_in_a_second_session() -> str:
    r = APIRouter()

    @r.get("/x")
    async def x(user: CurrentUser) -> int:
        return await run_in_session(one)

    return ask(r)


@pattern
def a_function_that_calls_back_into_the_event_loop() -> str:
    async def broadcast() -> int:
        return 5

    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> int:
        return one(session) + anyio.from_thread.run(broadcast)

    return ask(r)


@pattern
def a_function_that_runs_an_event_loop() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> int:
        return one(session) + asyncio.run(anyio_four())

    async def anyio_four() -> int:
        return 4

    return ask(r)
