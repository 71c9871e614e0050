import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Response
from fastapi.exceptions import ResponseValidationError
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text

from app.database import SessionDep, engine
from app.routing import SessionRoute

checked_out: list[int] = []
threads: list[str] = []


class Row(BaseModel):
    """Notes where it is made."""

    model_config = ConfigDict(from_attributes=True)

    number: int

    def model_post_init(self, context: Any) -> None:
        threads.append(threading.current_thread().name)
        checked_out.append(engine.pool.checkedout())  # type: ignore[attr-defined]  # a QueuePool


router = APIRouter(route_class=SessionRoute)


@router.get("/row")
def read_row(session: SessionDep) -> Row:
    threads.append(threading.current_thread().name)
    return session.execute(text("SELECT 7 AS number")).one()  # type: ignore[return-value]


@router.get("/rows/{count}")
def read_rows(count: int, session: SessionDep, response: Response) -> list[Row]:
    """Read several."""
    response.headers["X-Count"] = str(count)
    query = text("SELECT generate_series(1, :count) AS number")
    return session.execute(query, {"count": count}).all()  # type: ignore[return-value]


@router.get("/misfit")
def misfit(session: SessionDep) -> Row:
    return session.execute(text("SELECT 'seven' AS number")).one()  # type: ignore[return-value]


@router.get("/refused")
def refused(session: SessionDep) -> Row:
    session.execute(text("SELECT 1"))
    raise HTTPException(418)


@router.delete("/row", status_code=204)
def delete_row(session: SessionDep) -> None:
    session.execute(text("SELECT 1"))


@router.get("/async")
async def in_the_loop() -> Row:
    return Row(number=1)


@pytest.fixture(scope="module")
def served() -> Iterator[TestClient]:
    application = FastAPI()
    application.include_router(router)
    with TestClient(application) as client:
        yield client
    engine.dispose()


@pytest.fixture(autouse=True)
def _without_notes() -> None:
    threads.clear()
    checked_out.clear()


def test_the_endpoint_and_the_answer_are_done_in_one_thread(served: TestClient) -> None:
    response = served.get("/row")

    assert response.json() == {"number": 7}
    assert len(threads) == 2
    assert len(set(threads)) == 1
    assert threads[0] != threading.current_thread().name
    assert checked_out == [1]
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a QueuePool


def test_parameters_headers_and_documentation_are_as_without_it(served: TestClient) -> None:
    response = served.get("/rows/2")

    assert response.json() == [{"number": 1}, {"number": 2}]
    assert response.headers["X-Count"] == "2"
    assert served.get("/rows/x").status_code == 422
    operation = served.get("/openapi.json").json()["paths"]["/rows/{count}"]["get"]
    assert operation["description"] == "Read several."


def test_an_endpoint_without_an_answer_has_none(served: TestClient) -> None:
    response = served.delete("/row")

    assert response.status_code == 204
    assert response.content == b""


def test_an_answer_that_does_not_fit_its_schema_is_an_error(served: TestClient) -> None:
    with pytest.raises(ResponseValidationError):
        served.get("/misfit")


@pytest.mark.parametrize(("path", "status"), [("/refused", 418), ("/async", 200)])
def test_no_connection_stays_in_use(served: TestClient, path: str, status: int) -> None:
    assert served.get(path).status_code == status
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a QueuePool
