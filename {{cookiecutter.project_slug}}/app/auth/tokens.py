"""Access tokens."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import jwt

from app import SERVICE_NAME
from app.config.auth import auth_settings

ALGORITHM = "HS256"
# The clocks of replicas differ a little, and a token is used in the second of its issue.
LEEWAY = timedelta(seconds=5)
# Ours have about 200 characters. What is longer is not worth parsing.
MAX_TOKEN_LENGTH = 1000
# A positive bigint in its one spelling, and so what the database takes.
USER_ID = re.compile(r"[1-9][0-9]{0,17}")


class TokenClaims(NamedTuple):
    """Whom a token names, and the version that the user's tokens had when it was issued."""

    user_id: int
    token_version: int


def create_access_token(user_id: int, token_version: int) -> str:
    """Return a signed token that names the user and expires."""
    now = datetime.now(UTC)
    claims = {
        "iss": SERVICE_NAME,
        "sub": str(user_id),
        "ver": token_version,
        "iat": now,
        "exp": now + timedelta(minutes=auth_settings.access_token_minutes),
    }
    return jwt.encode(claims, auth_settings.secret_key.get_secret_value(), ALGORITHM)


def read_access_token(token: str) -> TokenClaims | None:
    """Return what the token says, or None if it is forged, expired, malformed or not of here."""
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        return None
    try:
        claims = jwt.decode(
            token,
            auth_settings.secret_key.get_secret_value(),
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
