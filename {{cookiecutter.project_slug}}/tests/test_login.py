import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func
from sqlalchemy.orm import Session

from app.auth.passwords import hash_password
from tests.factories.users import PASSWORD, create_user


@pytest.mark.parametrize("username", ["ada@example.com", "ADA@Example.com"])
def test_exchanges_a_password_for_a_token(
    client: TestClient, session: Session, username: str
) -> None:
    create_user(session, email="ada@example.com")

    response = client.post("/token", data={"username": username, "password": PASSWORD})

    assert response.status_code == 200
    token = response.json()
    assert token["token_type"] == "bearer"
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert client.get("/users/me", headers=headers).json()["email"] == "ada@example.com"


def test_finds_an_account_whose_address_was_stored_in_other_letters(
    client: TestClient, session: Session
) -> None:
    create_user(session, email="Ada@Example.com")

    response = client.post("/token", data={"username": "ada@example.COM", "password": PASSWORD})

    assert response.status_code == 200


def test_takes_a_password_however_the_keyboard_composes_it(
    client: TestClient, session: Session
) -> None:
    user = create_user(session, hashed_password=hash_password("caf\u00e9 fi 15 characters"))

    sent = "cafe\u0301 \ufb01 15 characters"
    response = client.post("/token", data={"username": user.email, "password": sent})

    assert response.status_code == 200


def test_replaces_a_hash_that_was_made_with_old_parameters(
    client: TestClient, session: Session
) -> None:
    old = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=1024)]).hash(PASSWORD)
    user = create_user(session, hashed_password=old)
    form = {"username": user.email, "password": PASSWORD}

    response = client.post("/token", data=form)

    session.refresh(user)
    assert user.hashed_password != old
    assert "m=65536," in user.hashed_password
    headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
    assert client.get("/users/me", headers=headers).status_code == 200
    assert client.post("/token", data=form).status_code == 200


def test_leaves_a_hash_alone_that_is_up_to_date(client: TestClient, session: Session) -> None:
    user = create_user(session)
    before = user.hashed_password

    client.post("/token", data={"username": user.email, "password": PASSWORD})

    session.refresh(user)
    assert user.hashed_password == before


def test_ignores_the_other_fields_of_the_oauth2_form(client: TestClient, session: Session) -> None:
    user = create_user(session)
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}

    response = client.post("/token", data=form | {"scope": "", "client_id": "docs"})

    assert response.status_code == 200


def test_answers_alike_for_a_wrong_password_and_no_account_or_a_deactivated_one(
    client: TestClient, session: Session
) -> None:
    create_user(session, email="ada@example.com")
    create_user(session, email="eve@example.com", deactivated_at=func.now())

    wrong, unknown, deactivated = (
        client.post("/token", data={"username": f"{name}@example.com", "password": password})
        for name, password in (("ada", "wrong"), ("bob", "wrong"), ("eve", PASSWORD))
    )

    assert wrong.status_code == unknown.status_code == deactivated.status_code == 401
    assert without_id(wrong) == without_id(unknown) == without_id(deactivated)
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


def without_id(response: Response) -> tuple[dict[str, str], str]:
    """Return what the client sees, but for an id that each request has of its own."""
    headers = dict(response.headers)
    headers.pop("x-request-id", None)
    return headers, response.json()["detail"]


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "ada"},
        {"username": "ada\x00@example.com"},
        {"username": ""},
        {"password": PASSWORD + "\x00"},
        {"password": ""},
        {"password": "x" * 129},
        {"password": "x" * 1_000_000},
        {"password": "\ufdfa" * 128},
        {"grant_type": "client_credentials"},
    ],
)
def test_refuses_a_form(client: TestClient, session: Session, fields: dict[str, str]) -> None:
    user = create_user(session)
    form = {"username": user.email, "password": PASSWORD}

    assert client.post("/token", data=form | fields).status_code == 422


def test_refuses_half_of_a_surrogate_pair(client: TestClient) -> None:
    # An encoding that the client may name, and in which such a half can be written.
    headers = {"Content-Type": "multipart/form-data; charset=raw_unicode_escape; boundary=x"}
    parts = [("username", r"\ud800@example.com"), ("password", r"\ud800")]
    form = [f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts]

    response = client.post("/token", content="".join(form) + "--x--\r\n", headers=headers)

    assert response.status_code == 422
