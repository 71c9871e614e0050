import threading
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Response
from fastapi.exceptions import ResponseValidationError
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from sqlalchemy import QueuePool, literal, select, text
from sqlalchemy.orm import Session

from app.database import SessionDep, SessionRoute, engine

threads: list[str] = []
connections: list[int] = []


class Row(BaseModel):
    """Notes where it is made."""

    model_config = ConfigDict(from_attributes=True)

    number: int

    def model_post_init(self, context: Any) -> None:
        note()


def note() -> None:
    threads.append(threading.current_thread().name)
    assert isinstance(engine.pool, QueuePool)
    connections.append(engine.pool.checkedout())


def unit_of_work(session: SessionDep) -> Iterator[Session]:
    yield session
    note()
    session.commit()


UnitOfWork = Annotated[Session, Depends(unit_of_work, scope="function")]
router = APIRouter(route_class=SessionRoute)


@router.get("/row")
def read_row(session: SessionDep) -> Row:
    note()
    return session.execute(  # type: ignore[return-value]  # FastAPI makes a Row of it
        text("SELECT 7 AS number")
    ).one()


@router.get("/rows")
def read_rows(session: SessionDep) -> list[Row]:
    return session.execute(  # type: ignore[return-value]  # FastAPI makes Rows of them
        text("SELECT generate_series(1, 2) AS number")
    ).all()


@router.get("/nested")
def leave_a_savepoint_open(session: SessionDep) -> int:
    session.begin_nested()
    return session.scalars(select(literal(7))).one()


@router.get("/unit")
def work_in_a_unit(session: UnitOfWork) -> int:
    return session.scalars(select(literal(7))).one()


@router.get("/misfit")
def misfit(session: SessionDep) -> Row:
    return session.execute(  # type: ignore[return-value]  # FastAPI refuses to make a Row of it
        text("SELECT 'seven' AS number")
    ).one()


@router.get("/refused")
def refused(session: SessionDep) -> Row:
    session.execute(text("SELECT 1"))
    raise HTTPException(418)


@router.get("/given", response_model=Row)
def give_a_response(session: SessionDep) -> Response:
    session.execute(text("SELECT 1"))
    return Response("no", 403)


@router.delete("/row", status_code=204)
def delete_row(session: SessionDep) -> None:
    session.execute(text("SELECT 1"))


@router.get("/async")
async def in_the_loop() -> Row:
    return Row(number=1)


@router.get("/stream")
def stream() -> Iterator[int]:
    yield 1


router.get("/partial")(partial(work_in_a_unit))


@router.get("/unused")
def leave_the_session_unused(session: SessionDep) -> int:
    return 7


@router.get("/without")
def without_a_session() -> int:
    return 7


@pytest.fixture(scope="module")
def served() -> Iterator[TestClient]:
    application = FastAPI()
    application.include_router(router, prefix="/included")
    with TestClient(application) as client:
        yield client
    engine.dispose()


@pytest.fixture(autouse=True)
def _without_notes() -> None:
    threads.clear()
    connections.clear()


def test_the_endpoint_its_answer_and_the_end_of_its_transaction_take_one_thread(
    served: TestClient,
) -> None:
    response = served.get("/included/row")

    assert response.json() == {"number": 7}
    assert len(threads) == 2
    assert len(set(threads)) == 1
    assert threads[0] != threading.current_thread().name
    assert connections == [0, 1]


def test_an_answer_is_validated_once(served: TestClient) -> None:
    assert served.get("/included/rows").json() == [{"number": 1}, {"number": 2}]

    assert len(threads) == 2


def test_a_dependency_with_code_after_yield_finds_its_transaction(served: TestClient) -> None:
    assert served.get("/included/unit").json() == 7

    assert connections == [1]


def test_a_dependency_that_is_overridden_may_have_code_after_yield(served: TestClient) -> None:
    seen: list[bool] = []

    def override(session: SessionDep) -> Iterator[Session]:
        yield session
        seen.append(session.in_transaction())

    app = FastAPI()
    app.router.route_class = SessionRoute

    @app.get("/")
    def endpoint(session: Annotated[Session, Depends(Session, scope="function")]) -> int:
        return session.scalars(select(literal(7))).one()

    app.dependency_overrides[Session] = override

    assert TestClient(app).get("/").json() == 7
    assert seen == [True]


def test_an_answer_that_does_not_fit_its_schema_is_an_error(served: TestClient) -> None:
    with pytest.raises(ResponseValidationError):
        served.get("/included/misfit")


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/refused", 418, '{"detail":"I\'m a Teapot"}'),
        ("GET", "/given", 403, "no"),
        ("DELETE", "/row", 204, ""),
        ("GET", "/async", 200, '{"number":1}'),
        ("GET", "/stream", 200, "1\n"),
        ("GET", "/partial", 200, "7"),
        ("GET", "/nested", 200, "7"),
        ("GET", "/unused", 200, "7"),
        ("GET", "/without", 200, "7"),
    ],
)
def test_every_other_endpoint_answers_and_keeps_no_connection(
    served: TestClient, method: str, path: str, status: int, body: str
) -> None:
    response = served.request(method, f"/included{path}")

    assert (response.status_code, response.text) == (status, body)
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedout() == 0
