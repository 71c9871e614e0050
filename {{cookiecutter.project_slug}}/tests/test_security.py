import asyncio
import json
import threading
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr, ValidationError

from app import SERVICE_NAME
from app.auth import passwords as security
from app.auth.passwords import (
    hash_in_turn,
    hash_of_sign_up,
    hash_password,
    verify_and_update_password,
    verify_in_turn,
)
from app.auth.tokens import TokenClaims, create_access_token, read_access_token
from app.concurrency import BoundedQueue
from app.config.auth import AuthSettings, auth_settings

SECONDS_TO_WAIT = 30
KEY = auth_settings.secret_key.get_secret_value()
NOW = datetime.now(UTC)
TOMORROW = NOW + timedelta(days=1)
YESTERDAY = NOW - timedelta(days=1)
CLAIMS = {"iss": SERVICE_NAME, "sub": "42", "ver": 0, "iat": NOW, "exp": TOMORROW}


def test_a_password_matches_its_hash_only() -> None:
    hashed = hash_password("open sesame")

    assert verify_and_update_password("open sesame", hashed) == (True, None)
    assert verify_and_update_password("Open sesame", hashed) == (False, None)


def test_passwords_are_hashed_with_argon2id() -> None:
    assert hash_password("open sesame").startswith("$argon2id$")


def test_equal_passwords_have_different_hashes() -> None:
    assert hash_password("open sesame") != hash_password("open sesame")


def test_a_hash_with_old_parameters_is_replaced_when_the_password_matches() -> None:
    old = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=1024)]).hash("open sesame")

    matches, new = verify_and_update_password("open sesame", old)

    assert matches
    assert new is not None
    assert verify_and_update_password("open sesame", new) == (True, None)
    assert verify_and_update_password("wrong", old) == (False, None)


@pytest.mark.parametrize("hashed", ["", "!", "$2b$12$abc", "$argon2id$v=19$m=65536,t=3,p=4$x$y"])
def test_no_password_matches_what_is_no_hash(hashed: str) -> None:
    assert verify_and_update_password("open sesame", hashed) == (False, None)


@pytest.mark.parametrize("hashed", [None, "!"])
def test_an_unknown_account_costs_about_as_much_work_as_a_wrong_password(
    hashed: str | None,
) -> None:
    known = hash_password("open sesame")

    started = time.process_time()
    verify_and_update_password("wrong", known)
    wrong_password = time.process_time() - started
    verify_and_update_password("wrong", hashed)
    unknown_account = time.process_time() - started - wrong_password

    assert unknown_account > wrong_password / 3


def test_only_a_few_passwords_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing, most = [], 0

    def note(password: str) -> str:
        nonlocal most
        hashing.append(password)
        most = max(most, len(hashing))
        hashed = hash_password(password)
        hashing.pop()
        return hashed

    async def hash_many() -> None:
        await asyncio.gather(*(hash_in_turn("open sesame") for _ in range(8)))

    monkeypatch.setattr(security, "hash_password", note)
    asyncio.run(hash_many())

    assert most == auth_settings.password_hashes_at_once


def test_a_login_waits_for_the_hash_of_one_sign_up_however_many_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order: list[str] = []
    login_waits = threading.Event()

    def note(password: str) -> str:
        login_waits.wait(SECONDS_TO_WAIT)
        order.append(password)
        return password

    async def sign_up_many_and_log_in() -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in "1234":
                tasks.create_task(hash_of_sign_up(number))
            await asyncio.sleep(0)
            tasks.create_task(verify_in_turn("login", None))
            await asyncio.sleep(0)
            login_waits.set()

    monkeypatch.setattr(security, "hashing", BoundedQueue(1, 9, seconds=SECONDS_TO_WAIT))
    monkeypatch.setattr(security, "hash_password", note)
    asyncio.run(sign_up_many_and_log_in())

    assert order == ["1", "login", "2", "3", "4"]


def test_too_many_sign_ups_are_told_to_come_back_and_a_login_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def sign_up_many_and_log_in() -> list[object]:
        results = await asyncio.gather(
            *(hash_of_sign_up("open sesame") for _ in range(4)),
            verify_in_turn("open sesame", None),
            return_exceptions=True,
        )
        return [getattr(result, "status_code", 200) for result in results]

    monkeypatch.setattr(security, "sign_ups", BoundedQueue(1, 2, seconds=SECONDS_TO_WAIT))

    assert asyncio.run(sign_up_many_and_log_in()) == [200, 200, 200, 503, 200]


def test_a_token_names_its_user_and_version() -> None:
    assert read_access_token(create_access_token(42, 7)) == TokenClaims(42, 7)


def test_a_token_expires_after_the_time_in_the_settings() -> None:
    claims = jwt.decode(create_access_token(42, 0), KEY, algorithms=["HS256"])

    assert claims["exp"] - claims["iat"] == auth_settings.access_token_minutes * 60


def test_accepts_the_claims_that_the_hostile_ones_below_differ_from() -> None:
    assert read_access_token(jwt.encode(CLAIMS, KEY, "HS256")) == TokenClaims(42, 0)


@pytest.mark.parametrize("claim", ["iss", "sub", "ver", "iat", "exp"])
def test_does_not_accept_a_token_without(claim: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != claim}

    assert read_access_token(jwt.encode(claims, KEY, "HS256")) is None


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param("x" * 64, "HS256", id="with another key"),
        pytest.param(KEY, "HS512", id="with another algorithm"),
        pytest.param(None, "none", id="not at all"),
    ],
)
def test_does_not_accept_a_token_signed(key: str | None, algorithm: str) -> None:
    assert read_access_token(jwt.encode(CLAIMS, key, algorithm)) is None


def without_the_time(claims: dict[str, Any]) -> str:
    """Processes that share the tests must agree on their names."""
    times = {name: "a time" for name, each in claims.items() if isinstance(each, datetime)}
    return repr(claims | times)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": YESTERDAY},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": "tomorrow"},
        {"exp": None},
        {"exp": [1]},
        {"iat": TOMORROW},
        {"iat": float("inf")},
        {"iat": {}},
        {"nbf": TOMORROW},
        {"nbf": float("inf")},
        {"aud": "others"},
        {"iss": "another-service"},
        {"iss": SERVICE_NAME + "\x00"},
        {"iss": [SERVICE_NAME]},
        {"iss": None},
        {"sub": "root"},
        {"sub": ""},
        {"sub": "0"},
        {"sub": "-42"},
        {"sub": "+42"},
        {"sub": " 42"},
        {"sub": "42\n"},
        {"sub": "042"},
        {"sub": "4_2"},
        {"sub": "42.0"},
        {"sub": "\u0664\u0662"},
        {"sub": "42\x00"},
        {"sub": "\ud800"},
        {"sub": str(2**63)},
        {"sub": "9" * 500},
        {"sub": 42},
        {"sub": None},
        {"sub": ["42"]},
        {"ver": True},
        {"ver": "0"},
        {"ver": 0.0},
        {"ver": None},
        {"ver": {}},
    ],
    ids=without_the_time,
)
def test_does_not_accept_a_token_that_says(claims: dict[str, Any]) -> None:
    assert read_access_token(signed(CLAIMS | claims)) is None


def signed(claims: dict[str, Any], header: object = None) -> str:
    """Return a token with our signature on claims that PyJWT would refuse to write."""
    seconds = {
        name: value.timestamp() if isinstance(value, datetime) else value
        for name, value in claims.items()
    }
    header = {"alg": "HS256", "typ": "JWT"} if header is None else header
    return jwt.PyJWS().encode(
        json.dumps(seconds).encode(),
        KEY,
        "HS256",
        headers=header,  # type: ignore[arg-type]
    )


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "token",
        "a.b.c",
        "....",
        "\u00e9.\u00e9.\u00e9",
        "\x00",
        "\ud800",
        "\ud800.\ud800.\ud800",
        f"{encoded('[' * 700)}.e30.e30",
        f"{encoded('[' * 200_000)}.e30.e30",
        f"{encoded('9' * 700)}.e30.e30",
        f"{encoded('null')}.e30.e30",
        f"{encoded('[]')}.e30.e30",
        f"{encoded(json.dumps({'alg': None}))}.e30.e30",
        f"{encoded(json.dumps({'alg': ['HS256']}))}.e30.e30",
        f"{encoded(json.dumps({'alg': {}}))}.e30.e30",
        f"{encoded(json.dumps({'alg': 'HS256', 'kid': 1}))}.e30.e30",
        f"{encoded(json.dumps({'alg': 'HS256', 'crit': ['b64'], 'b64': False}))}.e30.e30",
        f"{create_access_token(42, 0)}.x",
        f"{create_access_token(42, 0)}x",
        f"x{create_access_token(42, 0)}",
        f"{create_access_token(42, 0)}\n",
        "x" * 10_000_000,
    ],
    ids=lambda token: repr(token[:30]),
)
def test_does_not_accept_what_is_no_token(token: str) -> None:
    assert read_access_token(token) is None


def test_refuses_a_secret_that_is_too_short_to_sign_with() -> None:
    with pytest.raises(ValidationError, match="at least 32"):
        AuthSettings(secret_key=SecretStr("x" * 31))


@pytest.mark.parametrize("minutes", [0, -1, 10**18])
def test_refuses_an_unusable_lifetime_of_tokens(minutes: int) -> None:
    with pytest.raises(ValidationError, match="access_token_minutes"):
        AuthSettings(secret_key=SecretStr("x" * 32), access_token_minutes=minutes)
