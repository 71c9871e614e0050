import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.user import User
from tests.factories.users import authorization, create_user

ACCOUNT = {"email": "ada@example.com", "password": "analytical engine"}


def test_creates_an_account(client: TestClient, session: Session) -> None:
    response = client.post("/users", json=ACCOUNT)

    assert response.status_code == 201
    user = session.scalars(select(User)).one()
    assert response.json() == {
        "id": user.id,
        "email": "ada@example.com",
        "created_at": response.json()["created_at"],
    }


def test_stores_a_hash_of_the_password(client: TestClient, session: Session) -> None:
    client.post("/users", json=ACCOUNT)

    user = session.scalars(select(User)).one()
    assert user.hashed_password.startswith("$argon2id$")


def test_stores_the_address_in_lower_case(client: TestClient) -> None:
    response = client.post("/users", json=ACCOUNT | {"email": "Ada@Example.COM"})

    assert response.json()["email"] == "ada@example.com"


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com"])
def test_refuses_an_address_that_has_an_account(
    client: TestClient, session: Session, email: str
) -> None:
    create_user(session, email="ada@example.com")

    response = client.post("/users", json=ACCOUNT | {"email": email})

    assert response.status_code == 409
    assert session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize("length", [8, 128])
def test_accepts_a_password_of_8_to_128_characters(client: TestClient, length: int) -> None:
    response = client.post("/users", json=ACCOUNT | {"password": "x" * length})

    assert response.status_code == 201


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "x" * 7},
        {"password": "x" * 129},
        {"password": "\ud800" * 8},
        {"email": "ada"},
        {"email": "ada\x00@example.com"},
        {"email": "\ud800@example.com"},
        {"email": "a" * 400 + "@example.com"},
        {"email": None},
        {"is_admin": True},
    ],
)
def test_refuses_an_account(
    client: TestClient, session: Session, fields: dict[str, object]
) -> None:
    # json.dumps escapes what is not ASCII, so that even a lone surrogate can be sent.
    response = client.post(
        "/users",
        content=json.dumps(ACCOUNT | fields),
        headers={"Content-Type": "application/json"},
    )

    assert response.status_code == 422
    assert session.scalars(select(User)).all() == []


def test_does_not_send_a_refused_password_back(client: TestClient) -> None:
    response = client.post("/users", json={"email": "ada", "password": "analytical engine"})

    assert "analytical engine" not in response.text


def test_tells_who_is_logged_in(client: TestClient, session: Session) -> None:
    create_user(session)
    user = create_user(session)

    response = client.get("/users/me", headers=authorization(user))

    assert response.status_code == 200
    assert response.json()["email"] == user.email
    assert "hashed_password" not in response.json()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "x"}])
def test_asks_for_a_token_when_nobody_is_logged_in(
    client: TestClient, headers: dict[str, str]
) -> None:
    response = client.get("/users/me", headers=headers)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_does_not_accept_the_token_of_a_user_who_is_gone(
    client: TestClient, session: Session
) -> None:
    user = create_user(session)
    headers = authorization(user)
    session.delete(user)
    session.commit()

    assert client.get("/users/me", headers=headers).status_code == 401
