"""The user who makes the request."""

from typing import Annotated

from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer

from app.database import SessionDep
from app.models.user import User
from app.security import read_access_token

_bearer_token = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)


def get_optional_user(
    token: Annotated[str | None, Depends(_bearer_token)], session: SessionDep
) -> User | None:
    """Return the user whom the token names, or None when the request has no token.

    Raises HTTPException 401 when the token is not valid or its user is gone.
    """
    if token is None:
        return None
    user_id = read_access_token(token)
    user = session.get(User, user_id) if user_id is not None else None
    if user is None:
        raise _unauthorized("The access token is not valid; get a new one from /token.")
    return user


OptionalUser = Annotated[User | None, Depends(get_optional_user)]


def get_current_user(user: OptionalUser) -> User:
    """Return the logged-in user. Raises HTTPException 401 when nobody is."""
    if user is None:
        raise _unauthorized("This needs an access token; get one from /token.")
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


def _unauthorized(detail: str) -> HTTPException:
    return HTTPException(
        status.HTTP_401_UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"}
    )
