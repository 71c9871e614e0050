"""Passwords and access tokens."""

from datetime import UTC, datetime, timedelta

import jwt
from pwdlib import PasswordHash
from pydantic import Field, SecretStr

from app.config import EnvironmentSettings

ALGORITHM = "HS256"
ONE_YEAR_IN_MINUTES = 365 * 24 * 60


class SecuritySettings(EnvironmentSettings):
    """What signs the tokens, and how long they are valid."""

    secret_key: SecretStr = Field(min_length=32)
    access_token_minutes: int = Field(default=30, gt=0, le=ONE_YEAR_IN_MINUTES)


security_settings = SecuritySettings.load()

_password_hash = PasswordHash.recommended()


def hash_password(password: str) -> str:
    """Return the Argon2id hash of the password, with a salt of its own."""
    return _password_hash.hash(password)


def verify_password(password: str, hashed_password: str | None) -> bool:
    """Return whether the password matches the hash.

    Without a hash (there is no such account) the answer is False, after as much work as a
    wrong password takes: the response time must not tell which accounts exist.
    """
    if hashed_password is None:
        hash_password(password)
        return False
    return _password_hash.verify(password, hashed_password)


def create_access_token(user_id: int) -> str:
    """Return a signed token that names the user and expires."""
    now = datetime.now(UTC)
    lifetime = timedelta(minutes=security_settings.access_token_minutes)
    claims = {"sub": str(user_id), "iat": now, "exp": now + lifetime}
    return jwt.encode(claims, security_settings.secret_key.get_secret_value(), ALGORITHM)


def read_access_token(token: str) -> int | None:
    """Return the user id that the token names, or None if it is forged, expired or malformed."""
    try:
        claims = jwt.decode(
            token,
            security_settings.secret_key.get_secret_value(),
            algorithms=[ALGORITHM],
            options={"require": ["sub", "exp"]},
        )
    except jwt.InvalidTokenError:
        return None
    return int(claims["sub"]) if claims["sub"].isdecimal() else None
