import threading
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Response
from fastapi.exceptions import ResponseValidationError
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from sqlalchemy.exc import InvalidRequestError

from app.database import SessionDep, engine
from app.routing import SessionRoute

checked_out: list[int] = []
threads: list[str] = []
notes: list[str] = []


class Row(BaseModel):
    """Notes where it is made."""

    model_config = ConfigDict(from_attributes=True)

    number: int

    def model_post_init(self, context: Any) -> None:
        threads.append(threading.current_thread().name)
        checked_out.append(engine.pool.checkedout())  # type: ignore[attr-defined]  # a QueuePool


def resource() -> Iterator[str]:
    notes.append("opened")
    try:
        yield "resource"
    finally:
        notes.append("closed")


Resource = Annotated[str, Depends(resource)]


class Backend:
    """A dependency that is a class."""

    def __init__(self, resource: Resource, session: SessionDep) -> None:
        threads.append(threading.current_thread().name)
        self.resource = resource
        self.session = session


def refuse_strangers(resource: Resource, name: str = "") -> None:
    threads.append(threading.current_thread().name)
    if name == "stranger":
        raise HTTPException(403)


router = APIRouter(route_class=SessionRoute, dependencies=[Depends(refuse_strangers)])


@router.get("/dependencies", dependencies=[Depends(refuse_strangers)])
def use_dependencies(
    session: SessionDep, resource: Resource, backend: Annotated[Backend, Depends(Backend)]
) -> list[bool | str]:
    notes.append("called")
    threads.append(threading.current_thread().name)
    return [backend.session is session, backend.resource, resource]


@router.get("/async-with-session")
async def block_the_loop(session: SessionDep) -> None:
    raise NotImplementedError


@router.get("/given", response_model=Row)
def give_a_response() -> Response:
    return Response("no", 403)


@router.get("/later")
def use_the_session_later(session: SessionDep, tasks: BackgroundTasks) -> None:
    tasks.add_task(session.execute, text("SELECT 1"))


@router.get("/stream")
def stream() -> Iterator[int]:
    yield 1


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(**arguments: Any) -> Any:
        return function(**arguments)

    return call


router.get("/decorated-stream")(logged(stream))


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
    notes.clear()
    checked_out.clear()


def test_the_endpoint_and_the_answer_are_done_in_one_thread(served: TestClient) -> None:
    response = served.get("/row")

    assert response.json() == {"number": 7}
    assert len(threads) == 3
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


def test_dependencies_are_called_once_each_in_the_same_thread_as_the_endpoint(
    served: TestClient,
) -> None:
    assert served.get("/dependencies").json() == [True, "resource", "resource"]

    assert notes == ["opened", "called", "closed"]
    assert len(threads) == 3
    assert len(set(threads)) == 1


def test_a_dependency_of_the_router_can_refuse_a_request(served: TestClient) -> None:
    assert served.get("/dependencies?name=stranger").status_code == 403

    assert notes == ["opened", "closed"]


def test_what_a_dependency_takes_is_documented_and_validated(served: TestClient) -> None:
    operation = served.get("/openapi.json").json()["paths"]["/dependencies"]["get"]

    assert [parameter["name"] for parameter in operation["parameters"]] == ["name"]


def test_a_session_outside_of_the_threads_for_it_is_refused(served: TestClient) -> None:
    with pytest.raises(RuntimeError, match="route_class=SessionRoute"):
        served.get("/async-with-session")


def test_a_response_is_sent_as_it_is(served: TestClient) -> None:
    response = served.get("/given")

    assert (response.status_code, response.text) == (403, "no")


def test_a_session_that_is_used_after_its_end_takes_no_connection(served: TestClient) -> None:
    with pytest.raises(InvalidRequestError, match="closed"):
        served.get("/later")

    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a QueuePool


@pytest.mark.parametrize("path", ["/stream", "/decorated-stream"])
def test_a_generator_streams(served: TestClient, path: str) -> None:
    assert served.get(path).text == "1\n"
