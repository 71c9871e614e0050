import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import httpx2 as httpx
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from sqlalchemy import NullPool, QueuePool, create_engine, literal, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import SessionDep, engine, get_session, run_in_session

MORE_THAN_THREADS_AND_CONNECTIONS = 100
SECRET = "open sesame"
ONE = text("SELECT 1")
checked_out: list[int] = []
application = FastAPI()

OwnAlias = Annotated[Session, Depends(get_session)]


def one(session: Session) -> int:
    return int(session.execute(ONE).scalar_one())


@application.get("/slow")
def slow(session: SessionDep) -> None:
    session.execute(text("SELECT pg_sleep(0.01)"))


@application.get("/own-alias")
def use_an_alias(alias: OwnAlias, session: SessionDep) -> bool:
    session.execute(text("SELECT pg_sleep(0.01)"))
    return alias is session


@application.get("/in-session")
async def use_no_session_of_its_own() -> int:
    return await run_in_session(one)


@application.get("/uncommitted")
def uncommitted(session: SessionDep, *, fail: bool = False) -> None:
    session.execute(text("CREATE TABLE uncommitted (id int)"))
    if fail:
        raise HTTPException(400)


@application.get("/stream")
def stream(session: SessionDep) -> StreamingResponse:
    session.execute(ONE)

    async def body() -> AsyncIterator[str]:
        checked_out.append(connections_in_use())
        yield "body"

    return StreamingResponse(body())


@application.get("/later")
def use_the_session_later(session: SessionDep, tasks: BackgroundTasks) -> None:
    tasks.add_task(one, session)


@application.get("/rows")
def stream_rows(session: SessionDep) -> Iterator[int]:
    yield one(session)


@application.get("/two-sessions")
def use_two_sessions(
    session: SessionDep, other: Annotated[Session, Depends(get_session, use_cache=False)]
) -> None:
    raise NotImplementedError


@application.get("/session-in-session")
async def wait_for_a_second_connection(session: SessionDep) -> int:
    return await run_in_session(one)


@application.get("/same-session-in-a-thread")
async def use_the_session_in_a_thread(session: SessionDep) -> int:
    return await run_in_threadpool(one, session)


@pytest.fixture(autouse=True)
def _empty_pool() -> Iterator[None]:
    yield
    engine.dispose()


def connections_in_use() -> int:
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()


def get(*paths: str) -> list[int]:
    """Request all paths at once, and return the status codes."""

    async def request_all() -> list[int]:
        transport = httpx.ASGITransport(app=application)
        client = httpx.AsyncClient(transport=transport, base_url="http://test")
        async with client, asyncio.timeout(30):
            responses = await asyncio.gather(*(client.get(path) for path in paths))
        return [response.status_code for response in responses]

    return asyncio.run(request_all())


@pytest.mark.parametrize("path", ["/slow", "/own-alias", "/in-session"])
def test_many_more_requests_than_connections_are_all_answered(path: str) -> None:
    assert get(*[path] * MORE_THAN_THREADS_AND_CONNECTIONS) == (
        [200] * MORE_THAN_THREADS_AND_CONNECTIONS
    )


def test_all_who_ask_in_a_request_get_the_same_session() -> None:
    assert TestClient(application).get("/own-alias").json() is True
    assert connections_in_use() == 0


@pytest.mark.parametrize("path", ["/uncommitted", "/uncommitted?fail=true"])
def test_what_a_route_does_not_commit_is_rolled_back(path: str) -> None:
    get(path)

    with engine.connect() as connection:
        table = connection.scalar(text("SELECT to_regclass('uncommitted')"))
    assert table is None


def test_the_connection_is_free_before_the_response_is_sent() -> None:
    checked_out.clear()

    assert get("/stream") == [200]

    assert checked_out == [0]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/later", "has ended.* run_in_session"),
        ("/rows", "has ended.* run_in_session"),
        ("/two-sessions", "one session.* run_in_session"),
        ("/session-in-session", "has a session already.* run_in_threadpool"),
    ],
)
def test_what_would_keep_a_connection_too_long_is_refused(path: str, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        TestClient(application).get(path)

    assert connections_in_use() == 0


def test_an_async_route_may_use_its_session_in_a_thread() -> None:
    assert TestClient(application).get("/same-session-in-a-thread").json() == 1


def test_an_async_route_gets_what_a_function_returns_for_a_session() -> None:
    def double(session: Session, number: int, *, plus: int) -> int:
        query = select(literal(number) * 2 + plus)
        return session.scalars(query).one()

    assert asyncio.run(run_in_session(double, 20, plus=2)) == 42
    assert connections_in_use() == 0


def test_a_connection_that_the_server_has_closed_is_replaced() -> None:
    with engine.connect() as connection:
        process = connection.scalar(text("SELECT pg_backend_pid()"))
    with create_engine(engine.url, poolclass=NullPool).connect() as other:
        other.execute(text(f"SELECT pg_terminate_backend({process}, 5000)"))

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != process


def test_the_text_of_an_error_has_no_values_of_a_row() -> None:
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE rows (secret text, name text NOT NULL)"))
        with pytest.raises(IntegrityError) as raised:
            connection.execute(text("INSERT INTO rows VALUES (:secret)"), {"secret": SECRET})

    logged = "".join(traceback.format_exception(raised.value))
    assert SECRET not in logged
    assert 'null value in column "name"' in logged


def test_a_statement_that_takes_too_long_is_cancelled() -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "30s"
