"""The names that the patterns use, as plain FastAPI has them and as the service does.

The first argument of the process says which: `plain` is the idiom of FastAPI's documentation,
`session` the service's session in an application of FastAPI, `service` in the service's own
application, with its class of routes.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import fastapi
from app import database
from app.auth.tokens import create_access_token, read_access_token
from app.database import SessionFactory, SessionRoute
from app.dependencies import users
from app.http.application import EXCEPTION_HANDLERS, Application
from app.models.user import User
from fastapi import Depends, FastAPI, HTTPException
from fastapi.routing import APIRoute
from fastapi.security import OAuth2PasswordBearer
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

VARIANT = sys.argv[1]
ONE = text("SELECT 1")
PATTERNS: list[Callable[[], str]] = []

with SessionFactory() as _session:
    _user = _session.scalars(select(User)).one()
    HEADERS = {"Authorization": f"Bearer {create_access_token(_user.id, _user.token_version)}"}

if VARIANT == "plain":

    def get_session() -> Iterator[Session]:
        with SessionFactory() as session:
            yield session

    SessionDep = Annotated[Session, Depends(get_session)]
    Token = Annotated[str, Depends(OAuth2PasswordBearer(**users.SCHEME))]

    def get_current_user(token: Token, session: SessionDep) -> User:
        claims = read_access_token(token)
        user = claims and session.get(User, claims.user_id)
        if not user:
            raise HTTPException(401)
        return user

    CurrentUser = Annotated[User, Depends(get_current_user)]
else:
    get_session = database.get_session
    SessionDep = database.SessionDep
    get_current_user = users.get_current_user
    CurrentUser = users.CurrentUser


class APIRouter(fastapi.APIRouter):
    """A router as the variant makes it."""

    def __init__(self, **options: Any) -> None:
        route_class = SessionRoute if VARIANT == "service" else APIRoute
        super().__init__(**{"route_class": route_class} | options)


def new_app(**options: Any) -> FastAPI:
    """Return an application without routes."""
    if VARIANT != "service":
        return FastAPI(**options)
    app = Application(exception_handlers=EXCEPTION_HANDLERS, **options)
    app.router.route_class = SessionRoute
    return app


def pattern(function: Callable[[], str]) -> Callable[[], str]:
    """Have the function called; it returns what a client gets."""
    PATTERNS.append(function)
    return function


def ask(
    router: APIRouter,
    path: str = "/x",
    method: str = "get",
    app: FastAPI | None = None,
    include: dict[str, Any] | None = None,
    **options: Any,
) -> str:
    """Return what a client of an application with this router gets."""
    app = app or new_app()
    app.include_router(router, **(include or {}))
    return ask_app(app, path, method, **options)


def ask_app(app: FastAPI, path: str = "/x", method: str = "get", **options: Any) -> str:
    """Return the status and the body; of errors what does not depend on their format."""
    options.setdefault("headers", HEADERS)
    options.setdefault("follow_redirects", False)
    with TestClient(app) as client:
        response = getattr(client, method)(path, **options)
    if response.is_success or response.is_redirect:
        return f"{response.status_code} {response.text}"
    try:
        body = response.json()
    except ValueError:
        return f"{response.status_code} {response.text}"
    if response.status_code == 422:
        errors = body.get("errors", body["detail"])
        return f"422 {[error['loc'] for error in errors]}"
    return f"{response.status_code} {body.get('detail', body)}"
