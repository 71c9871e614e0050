import re

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from httpx2 import Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import exc, func
from sqlalchemy.orm import Session

from app.auth.passwords import hash_password
from app.config.auth import auth_settings
from app.routers import login
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

    assert wrong.status_code == unknown.status_code == deactivated.status_code == 400
    assert without_id(wrong) == without_id(unknown) == without_id(deactivated)
    assert wrong.json()["error"] == "invalid_grant"


def without_id(response: Response) -> tuple[dict[str, str], str]:
    """Return what the client sees, but for an id that each request has of its own."""
    headers = dict(response.headers)
    headers.pop("x-request-id", None)
    return headers, response.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"username": "ada"}, "invalid_request"),
        ({"username": "Ada <ada@example.com>"}, "invalid_request"),
        ({"username": "ada\x00@example.com"}, "invalid_request"),
        ({"username": ""}, "invalid_request"),
        ({"password": PASSWORD + "\x00"}, "invalid_request"),
        ({"password": ""}, "invalid_request"),
        ({"password": "x" * 129}, "invalid_request"),
        ({"password": "x" * 1_000_000}, "invalid_request"),
        ({"password": "\ufdfa" * 128}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"scope": "posts:write"}, "invalid_scope"),
    ],
)
def test_refuses_a_form(
    client: TestClient, session: Session, fields: dict[str, str], error: str
) -> None:
    user = create_user(session)
    form = {"username": user.email, "password": PASSWORD}

    response = client.post("/token", data=form | fields)

    assert (response.status_code, response.json()["error"]) == (400, error)
    [field] = fields
    assert response.json()["error_description"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    "form",
    [
        {"username": "ada@example.com", "password": "wrong"},
        {"username": '\u00e4"\\ <ada@example.com>', "password": "wrong"},
        {},
    ],
)
def test_an_error_is_what_oauth2_clients_read(client: TestClient, form: dict[str, str]) -> None:
    response = client.post("/token", data=form)

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    problem = response.json()
    assert re.fullmatch(r"[ !#-\[\]-~]+", problem["error_description"])
    assert (problem["status"], type(problem["detail"])) == (400, str)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (HTTPException(429, "Too many.", {"Retry-After": "9"}), 429, "temporarily_unavailable"),
        (HTTPException(503, {"too": "many"}), 503, "temporarily_unavailable"),
        (HTTPException(415), 415, "invalid_request"),
        (exc.TimeoutError("no connection"), 503, "temporarily_unavailable"),
        (exc.OperationalError("SELECT 1", {}, Exception()), 503, "temporarily_unavailable"),
    ],
    ids=str,
)
def test_whatever_stops_a_login_has_the_name_of_an_error_of_oauth2(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(login, "authenticate", fail)

    response = client.post("/token", data={"username": "ada@example.com", "password": PASSWORD})

    assert (response.status_code, response.json()["error"]) == (status, code)
    assert response.headers["Cache-Control"] == "no-store"
    for name, value in (getattr(error, "headers", None) or {}).items():
        assert response.headers[name] == value


def test_says_how_long_the_token_lasts_and_lets_nobody_store_it(
    client: TestClient, session: Session
) -> None:
    user = create_user(session)

    response = client.post("/token", data={"username": user.email, "password": PASSWORD})

    assert response.json()["expires_in"] == 60 * auth_settings.access_token_minutes
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"


def test_refuses_half_of_a_surrogate_pair(client: TestClient) -> None:
    # An encoding that the client may name, and in which such a half can be written.
    headers = {"Content-Type": "multipart/form-data; charset=raw_unicode_escape; boundary=x"}
    parts = [("username", r"\ud800@example.com"), ("password", r"\ud800")]
    form = [f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts]

    response = client.post("/token", content="".join(form) + "--x--\r\n", headers=headers)

    assert response.status_code == 400
