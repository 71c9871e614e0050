import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.auth.passwords import hash_in_turn, verify_and_update_password
from app.auth.tokens import create_access_token
from app.dependencies.users import get_optional_user
from app.models.user import User
from app.routers import users
from tests.factories.users import PASSWORD, authorization, create_user
from tests.queries import recorded_queries

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


@pytest.mark.parametrize(
    "email", ["Ada <ada@example.com>", '"Ada L." <ada@example.com>', "<ada@example.com>"]
)
def test_refuses_an_address_with_a_name(client: TestClient, email: str) -> None:
    response = client.post("/users", json=ACCOUNT | {"email": email})

    assert response.status_code == 422
    assert "write the address alone" in response.json()["errors"][0]["msg"]


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("x" * 14, "at least 15 characters"),
        ("e\u0301" * 14, "at least 15 characters"),
        ("x" * 129, "at most 128 characters"),
        ("\ufdfa" * 128, "at most 128 characters"),
        ("x" * 1_000_000, "at most 128 characters"),
    ],
    ids=["short", "composed", "long", "decomposed", "huge"],
)
def test_says_how_many_characters_a_password_may_have(
    client: TestClient, password: str, reason: str
) -> None:
    response = client.post("/users", json=ACCOUNT | {"password": password})

    assert response.json()["errors"][0]["msg"] == f"String should have {reason}"


def test_a_route_that_needs_no_token_gets_nobody_without_one(session: Session) -> None:
    assert get_optional_user(None, session) is None


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.com"])
def test_refuses_an_address_that_has_an_account(
    client: TestClient, session: Session, email: str
) -> None:
    create_user(session, email="ada@example.com")

    response = client.post("/users", json=ACCOUNT | {"email": email})

    assert response.status_code == 409
    assert session.scalar(select(func.count()).select_from(User)) == 1


def test_the_database_refuses_an_address_that_differs_only_in_its_letters(
    session: Session,
) -> None:
    create_user(session, email="ada@example.com")

    with pytest.raises(IntegrityError, match="uq_users_email"):
        create_user(session, email="Ada@Example.com")


@pytest.mark.parametrize(
    "password",
    ["x" * 15, "x" * 128, "\u00e9" * 128, "e\u0301" * 128, "\U0001f600" * 15, " " * 15],
    ids=ascii,
)
def test_accepts_any_password_of_15_to_128_characters(client: TestClient, password: str) -> None:
    response = client.post("/users", json=ACCOUNT | {"password": password})

    assert response.status_code == 201


def test_a_password_is_the_same_however_its_characters_are_composed(
    client: TestClient, session: Session
) -> None:
    client.post("/users", json=ACCOUNT | {"password": "cafe\u0301 \ufb01 15 characters"})

    hashed = session.scalars(select(User.hashed_password)).one()
    assert verify_and_update_password("caf\u00e9 fi 15 characters", hashed)[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "x" * 14},
        {"password": "x" * 129},
        {"password": "e\u0301" * 14},
        {"password": "\u1100\u1161" * 14},
        {"password": "\ufdfa" * 128},
        {"password": "x" * 1_000_000},
        {"password": "\ud800" * 15},
        {"password": "x" * 15 + "\x00"},
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


def test_a_token_costs_one_query(client: TestClient, session: Session) -> None:
    headers = authorization(create_user(session))

    with recorded_queries() as queries:
        assert client.get("/users/me", headers=headers).status_code == 200

    assert len(queries) == 1


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


def change_password(
    client: TestClient, user: User, current: str = PASSWORD, new: str = "a new analytical engine"
) -> int:
    """Change the password over the API; return the status code."""
    body = {"current_password": current, "new_password": new}
    return client.put("/users/me/password", json=body, headers=authorization(user)).status_code


def log_in(client: TestClient, user: User, password: str) -> int:
    """Log in over the API; return the status code."""
    return client.post("/token", data={"username": user.email, "password": password}).status_code


def test_a_changed_password_replaces_the_old_one(client: TestClient, session: Session) -> None:
    user = create_user(session)

    assert change_password(client, user, new="a new analytical engine") == 204

    assert log_in(client, user, PASSWORD) == 400
    assert log_in(client, user, "a new analytical engine") == 200


def test_a_changed_password_makes_older_tokens_invalid(
    client: TestClient, session: Session
) -> None:
    other = create_user(session)
    user = create_user(session)
    older = authorization(user)

    assert change_password(client, user, new="a new analytical engine") == 204

    session.refresh(user)
    assert client.get("/users/me", headers=older).status_code == 401
    assert client.get("/users/me", headers=authorization(user)).status_code == 200
    assert client.get("/users/me", headers=authorization(other)).status_code == 200


def test_of_two_changes_of_a_password_at_the_same_time_one_is_refused(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = create_user(session)

    async def hash_while_another_request_changes_it(password: str) -> str:
        user.token_version += 1
        session.flush()
        return await hash_in_turn(password)

    monkeypatch.setattr(users, "hash_in_turn", hash_while_another_request_changes_it)

    assert change_password(client, user, new="a new analytical engine") == 409

    assert log_in(client, user, "a new analytical engine") == 400


def test_a_password_is_not_changed_without_the_current_one(
    client: TestClient, session: Session
) -> None:
    user = create_user(session)
    before = authorization(user)

    assert change_password(client, user, current="wrong", new="a new analytical engine") == 403

    assert log_in(client, user, PASSWORD) == 200
    assert client.get("/users/me", headers=before).status_code == 200


@pytest.mark.parametrize("new", ["x" * 14, "x" * 129, "x" * 15 + "\x00", ""])
def test_refuses_a_new_password(client: TestClient, session: Session, new: str) -> None:
    assert change_password(client, create_user(session), new=new) == 422


def test_changes_no_password_without_a_token(client: TestClient) -> None:
    body = {"current_password": PASSWORD, "new_password": "a new analytical engine"}

    assert client.put("/users/me/password", json=body).status_code == 401


def test_nobody_can_use_a_deactivated_account(client: TestClient, session: Session) -> None:
    user = create_user(session)
    headers = authorization(user)

    assert client.delete("/users/me", headers=headers).status_code == 204

    session.refresh(user)
    assert user.deactivated_at is not None
    assert client.get("/users/me", headers=headers).status_code == 401
    assert client.get("/users/me", headers=authorization(user)).status_code == 401
    assert log_in(client, user, PASSWORD) == 400
    assert change_password(client, user) == 401


def test_an_account_that_is_active_again_has_no_valid_tokens(
    client: TestClient, session: Session
) -> None:
    user = create_user(session)
    older = authorization(user)
    client.delete("/users/me", headers=older)
    session.refresh(user)
    user.deactivated_at = None
    session.commit()

    assert client.get("/users/me", headers=older).status_code == 401
    assert log_in(client, user, PASSWORD) == 200


def test_deactivates_nobody_without_a_token(client: TestClient) -> None:
    assert client.delete("/users/me").status_code == 401


def test_a_deactivated_account_keeps_its_address(client: TestClient, session: Session) -> None:
    create_user(session, email="ada@example.com", deactivated_at=func.now())

    assert client.post("/users", json=ACCOUNT).status_code == 409


@pytest.mark.parametrize("number", [10**18 - 1, 2**63 - 1, 2**63, 10**30])
def test_no_user_number_is_too_large_to_be_refused(client: TestClient, number: int) -> None:
    headers = {"Authorization": f"Bearer {create_access_token(number, 0)}"}

    assert client.get("/users/me", headers=headers).status_code == 401
