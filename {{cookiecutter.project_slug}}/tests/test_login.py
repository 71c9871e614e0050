import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

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


def test_ignores_the_other_fields_of_the_oauth2_form(client: TestClient, session: Session) -> None:
    user = create_user(session)
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}

    response = client.post("/token", data=form | {"scope": "", "client_id": "docs"})

    assert response.status_code == 200


def test_answers_alike_for_a_wrong_password_and_an_unknown_account(
    client: TestClient, session: Session
) -> None:
    create_user(session, email="ada@example.com")
    headers = {"X-Request-ID": "the-same"}

    wrong, unknown = (
        client.post("/token", data={"username": name, "password": "wrong"}, headers=headers)
        for name in ("ada@example.com", "bob@example.com")
    )

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.headers == unknown.headers
    assert wrong.headers["WWW-Authenticate"] == "Bearer"
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "ada"},
        {"username": "ada\x00@example.com"},
        {"username": ""},
        {"password": PASSWORD + "\x00"},
        {"password": ""},
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
