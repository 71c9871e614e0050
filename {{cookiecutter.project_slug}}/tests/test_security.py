import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from pydantic import SecretStr, ValidationError

from app.security import (
    SecuritySettings,
    create_access_token,
    hash_password,
    read_access_token,
    security_settings,
    verify_password,
)

KEY = security_settings.secret_key.get_secret_value()
TOMORROW = datetime.now(UTC) + timedelta(days=1)
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def test_a_password_matches_its_hash_only() -> None:
    hashed = hash_password("open sesame")

    assert verify_password("open sesame", hashed)
    assert not verify_password("Open sesame", hashed)


def test_equal_passwords_have_different_hashes() -> None:
    assert hash_password("open sesame") != hash_password("open sesame")


def test_an_unknown_account_costs_about_as_much_work_as_a_wrong_password() -> None:
    hashed = hash_password("open sesame")

    started = time.process_time()
    assert not verify_password("wrong", hashed)
    wrong_password = time.process_time() - started
    assert not verify_password("wrong", None)
    unknown_account = time.process_time() - started - wrong_password

    assert unknown_account > wrong_password / 3


def test_a_token_names_its_user() -> None:
    assert read_access_token(create_access_token(42)) == 42


def test_a_token_expires_after_the_time_in_the_settings() -> None:
    claims = jwt.decode(create_access_token(42), KEY, algorithms=["HS256"])

    assert claims["exp"] - claims["iat"] == security_settings.access_token_minutes * 60


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    ("claims", "key", "algorithm"),
    [
        pytest.param({"sub": "42", "exp": YESTERDAY}, KEY, "HS256", id="expired"),
        pytest.param({"sub": "42", "exp": TOMORROW}, "x" * 64, "HS256", id="another key"),
        pytest.param({"sub": "42", "exp": TOMORROW}, KEY, "HS512", id="another algorithm"),
        pytest.param({"sub": "42", "exp": TOMORROW}, None, "none", id="not signed"),
        pytest.param({"sub": "42"}, KEY, "HS256", id="never expires"),
        pytest.param({"exp": TOMORROW}, KEY, "HS256", id="names nobody"),
        pytest.param({"sub": "root", "exp": TOMORROW}, KEY, "HS256", id="names no id"),
    ],
)
def test_does_not_accept_a_token_that_is(
    claims: dict[str, Any], key: str | None, algorithm: str
) -> None:
    assert read_access_token(jwt.encode(claims, key, algorithm)) is None


@pytest.mark.parametrize("token", ["", "token", "a.b.c", "é.é.é", "\x00"])
def test_does_not_accept_what_is_no_token(token: str) -> None:
    assert read_access_token(token) is None


def test_refuses_a_secret_that_is_too_short_to_sign_with() -> None:
    with pytest.raises(ValidationError, match="at least 32"):
        SecuritySettings(secret_key=SecretStr("x" * 31))


@pytest.mark.parametrize("minutes", [0, -1, 10**18])
def test_refuses_an_unusable_lifetime_of_tokens(minutes: int) -> None:
    with pytest.raises(ValidationError, match="access_token_minutes"):
        SecuritySettings(secret_key=SecretStr("x" * 32), access_token_minutes=minutes)
