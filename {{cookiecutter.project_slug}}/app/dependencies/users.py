"""The user who makes the request."""

from typing import Annotated, Any

from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.orm import Session

from app.auth.tokens import read_access_token
from app.database import SessionDep, run_in_session
from app.models.user import User

SCHEME: dict[str, Any] = {
    "tokenUrl": "token",
    "scheme_name": "AccessToken",
    "description": "`username` is the e-mail address; `client_id` and `client_secret` stay empty.",
}


class RequiredBearer(OAuth2PasswordBearer):
    """The scheme for those who must be logged in; others are refused before they get a session."""

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the 401 for a request without a token."""
        return _unauthorized("This needs an access token; get one from /token.")


# One scheme. With `auto_error=False` a token is optional, and the API's description says so.
optional_bearer = OAuth2PasswordBearer(**SCHEME, auto_error=False)
required_bearer = RequiredBearer(**SCHEME)
RequiredToken = Annotated[str, Depends(required_bearer)]


def get_optional_user(
    token: Annotated[str | None, Depends(optional_bearer)], session: SessionDep
) -> User | None:
    """Return the user whom the token names, or None when the request has no token.

    Raises HTTPException 401 when the token is not valid (any more), or its user is gone.
    """
    if token is None:
        return None
    claims = read_access_token(token)
    user = session.get(User, claims.user_id) if claims is not None else None
    if (
        claims is None
        or user is None
        or user.token_version != claims.token_version
        or user.deactivated_at is not None
    ):
        raise _unauthorized("The access token is not valid; get a new one from /token.")
    return user


OptionalUser = Annotated[User | None, Depends(get_optional_user)]


def get_current_user(_: RequiredToken, user: OptionalUser) -> User:
    """Return the logged-in user. Raises HTTPException 401 when nobody is."""
    assert user is not None  # as there is a token
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


async def get_detached_user(token: RequiredToken) -> User:
    """Return the logged-in user to an `async` route, which has no session.

    Raises HTTPException 401 when nobody is logged in.
    """
    return await run_in_session(_read_current_user, token)


def _read_current_user(session: Session, token: str) -> User:
    return get_current_user(token, get_optional_user(token, session))


DetachedUser = Annotated[User, Depends(get_detached_user)]


def _unauthorized(detail: str) -> HTTPException:
    return HTTPException(
        status.HTTP_401_UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"}
    )
