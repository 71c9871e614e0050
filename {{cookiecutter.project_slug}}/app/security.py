"""Passwords and access tokens."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import jwt
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pydantic import Field, SecretStr

from app import SERVICE_NAME
from app.concurrency import BoundedQueue
from app.config import EnvironmentSettings

ALGORITHM = "HS256"
ONE_YEAR_IN_MINUTES = 365 * 24 * 60
# The clocks of replicas differ a little, and a token is used in the second of its issue.
LEEWAY = timedelta(seconds=5)
# Ours have about 200 characters. What is longer is not worth parsing.
MAX_TOKEN_LENGTH = 1000
# So long may somebody have to wait who logs in while others try passwords.
SECONDS_TO_WAIT_FOR_HASHING = 10
LONGEST_QUEUE_FOR_HASHING = 500
# A positive bigint in its one spelling, and so what the database takes.
USER_ID = re.compile(r"[1-9][0-9]{0,17}")


class SecuritySettings(EnvironmentSettings):
    """What signs the tokens, how long they are valid, and how many passwords are hashed at once."""

    secret_key: SecretStr = Field(min_length=32)
    access_token_minutes: int = Field(default=30, gt=0, le=ONE_YEAR_IN_MINUTES)
    password_hashes_at_once: int = Field(default=2, ge=1, le=64)


security_settings = SecuritySettings.load()

_password_hash = PasswordHash.recommended()
hashing = BoundedQueue(  # each hash takes 64 MiB
    places=security_settings.password_hashes_at_once,
    longest_queue=LONGEST_QUEUE_FOR_HASHING,
    seconds=SECONDS_TO_WAIT_FOR_HASHING,
)
# Only one sign-up at a time queues for hashing, so that many of them delay a login by one hash.
sign_ups = BoundedQueue(
    places=1, longest_queue=LONGEST_QUEUE_FOR_HASHING, seconds=SECONDS_TO_WAIT_FOR_HASHING
)


class TokenClaims(NamedTuple):
    """Whom a token names, and the version that the user's tokens had when it was issued."""

    user_id: int
    token_version: int


def hash_password(password: str) -> str:
    """Return the Argon2id hash of the password, with a salt of its own."""
    return _password_hash.hash(password)


def verify_and_update_password(
    password: str, hashed_password: str | None
) -> tuple[bool, str | None]:
    """Return whether the password matches, and a new hash if the old one has other parameters.

    Without a hash (there is no such account), or with one that no password matches, the answer
    is False after as much work as a wrong password takes: the response time must not tell which
    accounts exist.
    """
    try:
        if hashed_password is not None:
            return _password_hash.verify_and_update(password, hashed_password)
    except UnknownHashError:
        pass
    hash_password(password)
    return False, None


async def hash_in_turn(password: str) -> str:
    """Return what `hash_password` returns, from a thread, when it is this password's turn.

    Raises HTTPException 503 if too many others wait, as `verify_in_turn` does.
    """
    return await hashing.run(hash_password, password)


async def hash_of_sign_up(password: str) -> str:
    """Return what `hash_in_turn` returns, but after every login and change of a password."""
    async with sign_ups.place():
        return await hash_in_turn(password)


async def verify_in_turn(password: str, hashed_password: str | None) -> tuple[bool, str | None]:
    """Return what `verify_and_update_password` does, from a thread, when it is its turn."""
    return await hashing.run(verify_and_update_password, password, hashed_password)


def create_access_token(user_id: int, token_version: int) -> str:
    """Return a signed token that names the user and expires."""
    now = datetime.now(UTC)
    claims = {
        "iss": SERVICE_NAME,
        "sub": str(user_id),
        "ver": token_version,
        "iat": now,
        "exp": now + timedelta(minutes=security_settings.access_token_minutes),
    }
    return jwt.encode(claims, security_settings.secret_key.get_secret_value(), ALGORITHM)


def read_access_token(token: str) -> TokenClaims | None:
    """Return what the token says, or None if it is forged, expired, malformed or not of here."""
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        return None
    try:
        claims = jwt.decode(
            token,
            security_settings.secret_key.get_secret_value(),
            algorithms=[ALGORITHM],
            issuer=SERVICE_NAME,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "ver", "iat", "exp"]},
        )
    except jwt.PyJWTError:
        return None
    user_id, token_version = claims["sub"], claims["ver"]
    if not USER_ID.fullmatch(user_id) or type(token_version) is not int:
        return None
    return TokenClaims(int(user_id), token_version)
