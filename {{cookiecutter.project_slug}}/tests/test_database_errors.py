from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    func,
    insert,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.schema import CreateIndex, CreateTable

from app.config import settings
from app.database import SessionDep
from app.http.application import EXCEPTION_HANDLERS, Application
from app.models import Base

tables = MetaData(naming_convention=Base.metadata.naming_convention)
shelves = Table("shelves", tables, Column("id", Integer, primary_key=True))
books = Table(
    "books",
    tables,
    Column("id", Integer, primary_key=True),
    Column("isbn", Text, unique=True),
    Column("author", Text),
    Column("title", Text, nullable=False),
    Column("shelf", ForeignKey("shelves.id")),
)
Index("books_by_author", books.c.author, func.lower(books.c.title), unique=True)

app = Application(exception_handlers=EXCEPTION_HANDLERS)
client = TestClient(app, raise_server_exceptions=False)


@app.post("/books")
def add_book(book: dict[str, Any], session: SessionDep) -> None:
    session.execute(insert(books).values(book))


@app.delete("/shelves")
def remove_shelves(session: SessionDep) -> None:
    session.execute(shelves.delete())


@app.post("/deferred")
def commit_a_conflict(session: SessionDep) -> None:
    session.execute(text("CREATE TEMPORARY TABLE entries (id int UNIQUE INITIALLY DEFERRED)"))
    session.execute(text("INSERT INTO entries VALUES (1), (1)"))
    session.commit()


@app.get("/statement")
def run(statement: str) -> None:
    with engines[-1].connect() as connection:
        connection.execute(text(statement))


engines: list[Engine] = []


@pytest.fixture
def _library(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Base, "metadata", tables)
    for table in tables.sorted_tables:
        session.execute(CreateTable(table))
        for index in table.indexes:
            session.execute(CreateIndex(index))
    session.execute(insert(shelves).values(id=1))
    session.execute(insert(books).values(id=1, isbn="a", author="b", title="c", shelf=1))
    session.commit()


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine of which the route `/statement` takes connections."""
    engine = create_engine(settings.database_url, poolclass=QueuePool, pool_size=1, max_overflow=0)
    engine.pool._timeout = 0.01  # type: ignore[attr-defined]
    engines.append(engine)
    yield engine
    engines.pop().dispose()


@pytest.mark.usefixtures("_library")
@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"isbn": "a"}, "There is already one with the same isbn."),
        ({"id": 1}, "There is already one with the same id."),
        ({"author": "b", "title": "C"}, "There is already one with the same author and title."),
        ({"shelf": 2}, "There is nothing that shelf could refer to."),
    ],
)
def test_a_row_that_conflicts_with_others_is_a_409_that_names_the_columns(
    fields: dict[str, Any], detail: str
) -> None:
    response = client.post("/books", json={"id": 2, "title": "x"} | fields)

    assert response.status_code == 409
    assert response.json()["detail"] == detail


@pytest.mark.usefixtures("_library")
def test_a_row_that_others_refer_to_is_a_409() -> None:
    response = client.delete("/shelves")

    assert response.status_code == 409
    assert response.json()["detail"] == "It is still in use, by shelf of books."


@pytest.mark.usefixtures("_library")
def test_a_conflict_in_a_table_without_a_model_names_no_column(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Base, "metadata", MetaData())

    response = client.post("/books", json={"title": "x", "isbn": "a"})

    assert response.status_code == 409
    assert response.json()["detail"] == "There is already one with the same values."


def test_a_commit_that_fails_is_no_success() -> None:
    assert client.post("/deferred").status_code == 409


@pytest.mark.usefixtures("_library")
def test_any_other_error_of_the_database_is_a_500_without_its_text() -> None:
    response = client.post("/books", json={"isbn": "secret-isbn", "title": None})

    assert response.status_code == 500
    assert "secret-isbn" not in response.text
    assert "INSERT" not in response.text


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT set_config('statement_timeout', '1', true), pg_sleep(0); SELECT pg_sleep(9)",
        "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '57P03'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40P01'; END $$",
        "DO $$ BEGIN RAISE EXCEPTION SQLSTATE '55P03'; END $$",
    ],
)
@pytest.mark.usefixtures("engine")
def test_a_database_that_stops_or_is_overloaded_is_a_503(statement: str) -> None:
    assert_unavailable(client.get("/statement", params={"statement": statement}))


def test_a_database_that_cannot_be_reached_is_a_503(engine: Engine) -> None:
    url = settings.database_url.set(host="127.0.0.1", port=1, password="a-secret", query={})
    engines.append(create_engine(url))

    response = client.get("/statement", params={"statement": "SELECT 1"})

    engines.pop()
    assert_unavailable(response)
    assert "127.0.0.1" not in response.text


def test_a_pool_without_a_free_connection_is_a_503(engine: Engine) -> None:
    with engine.connect():
        assert_unavailable(client.get("/statement", params={"statement": "SELECT 1"}))


@pytest.mark.usefixtures("engine")
def test_a_statement_that_is_wrong_is_a_500() -> None:
    response = client.get("/statement", params={"statement": "SELECT 1 FROM nowhere"})

    assert response.status_code == 500
    assert "nowhere" not in response.text


def assert_unavailable(response: Any) -> None:
    """Assert that it is a 503 that says when to come back."""
    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) > 0
    assert "again" in response.json()["detail"]
