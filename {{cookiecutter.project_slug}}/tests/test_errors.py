from datetime import date
from typing import Any

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from pydantic import Field

from app.http.application import EXCEPTION_HANDLERS, Application
from app.http.errors import PROBLEM_RESPONSES, problem_response
from app.http.validation import MOST_ERRORS_COLLECTED, MOST_ERRORS_LISTED
from app.schemas.base import RequestBody, Text

LARGEST_BODY = 200_000
LARGEST_PROBLEM = 64 * 1024


def nested(body: Any, depth: int, name: str) -> Any:
    """Return a tree with this body at its lowest branch."""
    for _ in range(depth):
        body = {"branches": {name: body}}
    return body


class Note(RequestBody):
    """A body for the application of these tests."""

    text: Text
    number: float = Field(0, lt=10)


Branches = dict[str, "Tree"]


class Tree(RequestBody):
    """A body as deep as it likes."""

    branches: Branches = Field(default_factory=dict)


app = Application(
    exception_handlers=EXCEPTION_HANDLERS,
    responses=PROBLEM_RESPONSES,
    max_body_size=LARGEST_BODY,
)


@app.post("/notes")
def create_note(note: Note) -> str:
    return note.text


@app.post("/numbers")
def add_numbers(numbers: list[int]) -> None:
    raise NotImplementedError


@app.post("/tree")
def plant(tree: Tree) -> None:
    raise NotImplementedError


@app.get("/notes")
def list_notes() -> list[str]:
    raise NotImplementedError


@app.get("/teapot")
def refuse_to_brew() -> None:
    raise HTTPException(418, "I brew tea only.", headers={"X-Tea": "green"})


@app.get("/details")
def fail_with_details() -> None:
    raise HTTPException(409, {"code": "stale", "since": date(2026, 1, 2)})


@app.get("/unchanged")
def send_nothing() -> None:
    raise HTTPException(304, headers={"ETag": "same"})


@app.get("/defect")
def fail() -> None:
    raise RuntimeError("SELECT a-secret FROM /etc/passwd")


client = TestClient(app, raise_server_exceptions=False, headers={"X-Request-ID": "the-id"})
JSON = {"Content-Type": "application/json"}


def test_says_what_is_wrong_and_where() -> None:
    response = client.post("/notes", json={"text": "ok", "number": 10})

    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem.pop("title").startswith("Unprocessable")
    assert problem == {
        "type": "about:blank",
        "status": 422,
        "detail": "The request does not match what is documented; see errors.",
        "request_id": "the-id",
        "errors": [
            {
                "type": "less_than",
                "loc": ["body", "number"],
                "msg": "Input should be less than 10",
            }
        ],
    }


def test_does_not_quote_the_input() -> None:
    response = client.post("/notes", json={"txt": "a secret"})

    assert response.status_code == 422
    assert "a secret" not in response.text


@pytest.mark.parametrize(
    "body",
    [
        r'{"text": "\u0000"}',
        r'{"text": "\ud800"}',
        r'{"text": "ok", "\ud800": 1}',
        r'{"text": NaN}',
        r'{"text": "ok", "number": Infinity}',
        r'{"text": "ok", "number": 1e999}',
        r'{"text": "ok", "unknown": 1}',
        r'{"text": ',
    ],
)
def test_refuses_what_cannot_be_stored_or_is_not_expected(body: str) -> None:
    assert client.post("/notes", content=body, headers=JSON).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "count"),
    [
        ("/notes", {f"key{number}": 1 for number in range(10_000)}, 10_001),
        ("/numbers", ["x"] * 20_000, 20_000),
        ("/tree", {"branches": {str(number): {"x": 1} for number in range(9_000)}}, 9_000),
    ],
)
def test_more_errors_than_are_worth_listing_are_counted(path: str, body: Any, count: int) -> None:
    problem = client.post(path, json=body).json()

    [error] = problem["errors"]
    assert (error["type"], error["loc"]) == ("too_many_errors", ["body"])
    assert error["msg"] == f"There are {count} errors, too many to list"


def test_lists_the_first_of_many_errors() -> None:
    problem = client.post("/numbers", json=["x"] * MOST_ERRORS_COLLECTED).json()

    places = [error["loc"] for error in problem["errors"]]
    assert places == [["body", number] for number in range(MOST_ERRORS_LISTED)]
    assert problem["detail"].endswith("see errors, the first 20 of 1000.")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/notes", {"text": "ok", "k" * 100_000: 1}),
        ("/notes", {f"{number}{'k' * 150}": 1 for number in range(1000)}),
        ("/tree", nested({"k" * 400: 1}, depth=150, name="k" * 400)),
    ],
    ids=["one key", "many keys", "deep"],
)
def test_a_problem_is_short_whatever_the_request_has_in_it(path: str, body: Any) -> None:
    response = client.post(path, json=body)

    assert response.status_code == 422
    assert len(response.content) < LARGEST_PROBLEM


@pytest.mark.parametrize("body", ["[" * 100_000, '{"number": ' + "9" * 100_000 + "}", b"\xff\x00"])
def test_refuses_what_cannot_be_parsed(body: str | bytes) -> None:
    response = client.post("/notes", content=body, headers=JSON)

    assert response.status_code in (400, 422)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_an_exception_of_a_route_keeps_its_sentence_and_headers() -> None:
    response = client.get("/teapot")

    assert response.status_code == 418
    assert response.headers["X-Tea"] == "green"
    assert response.json()["detail"] == "I brew tea only."


def test_detail_is_text_whatever_a_route_raises() -> None:
    problem = client.get("/details").json()

    assert problem["detail"] == "Conflict"
    assert problem["data"] == {"code": "stale", "since": "2026-01-02"}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/unknown", 404), ("DELETE", "/notes", 405)]
)
def test_what_the_router_refuses_is_a_problem_document_too(
    method: str, path: str, status: int
) -> None:
    response = client.request(method, path)

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status


def test_a_405_names_the_methods_of_every_route_with_the_path() -> None:
    response = client.delete("/notes")

    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_a_defect_is_a_500_that_tells_the_request_id_alone() -> None:
    response = client.get("/defect")

    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["X-Request-ID"] == "the-id"
    assert response.headers["Connection"] == "close"  # as uvicorn will
    assert "a-secret" not in response.text
    assert "passwd" not in response.text


def test_refuses_a_body_that_is_too_large() -> None:
    response = client.post("/notes", json={"text": "a" * LARGEST_BODY})

    assert response.status_code == 413
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == "the-id"
    assert response.json()["status"] == 413


def test_the_documentation_describes_every_error() -> None:
    description = client.get("/openapi.json").json()

    responses = description["paths"]["/notes"]["post"]["responses"]
    assert set(responses) == {"200", "4XX", "5XX"}
    for status in ("4XX", "5XX"):
        document = responses[status]["content"].pop("application/problem+json")
        assert document.pop("example")["status"] // 100 == int(status[0])
        assert document == {"schema": {"$ref": "#/components/schemas/Problem"}}
        assert responses[status]["content"] == {}
    schemas = description["components"]["schemas"]
    assert {"Problem", "InvalidField"} <= set(schemas)
    assert "HTTPValidationError" not in schemas


def test_a_status_that_allows_no_body_has_none() -> None:
    response = client.get("/unchanged")

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == "same"


def test_outside_of_a_request_a_problem_names_none() -> None:
    assert b"request_id" not in problem_response(404, "It is not there.").body
