import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from pydantic import Field

from app.errors import refuse_request
from app.schemas.base import RequestBody, Text


class Note(RequestBody):
    """What the application of these tests takes."""

    text: Text
    number: float = Field(0, lt=10)


app = FastAPI(exception_handlers={RequestValidationError: refuse_request})


@app.post("/notes")
def create_note(note: Note) -> str:
    return note.text


client = TestClient(app)
JSON = {"Content-Type": "application/json"}


def test_says_what_is_wrong_and_where() -> None:
    response = client.post("/notes", json={"text": "ok", "number": 10})

    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "detail": [
            {
                "type": "less_than",
                "loc": ["body", "number"],
                "msg": "Input should be less than 10",
            }
        ]
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
        r'{"text": "ok", "unknown": 1}',
        r'{"text": ',
    ],
)
def test_refuses_what_cannot_be_stored_or_is_not_expected(body: str) -> None:
    assert client.post("/notes", content=body, headers=JSON).status_code == 422
