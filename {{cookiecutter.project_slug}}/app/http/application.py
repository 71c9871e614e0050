"""FastAPI, with what it leaves to each service added."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy import exc
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app.http.database_errors import describe_database_error
from app.http.errors import describe_http_exception, hide_exception
from app.http.middleware import RequestMiddleware
from app.http.openapi import complete
from app.http.validation import refuse_request

ExceptionHandler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

EXCEPTION_HANDLERS: dict[int | type[Exception], ExceptionHandler] = {
    RequestValidationError: refuse_request,
    HTTPException: describe_http_exception,
    exc.DBAPIError: describe_database_error,
    exc.TimeoutError: describe_database_error,
    Exception: hide_exception,
}


class Application(FastAPI):
    """An application whose middleware is around everything, also what FastAPI itself answers.

    `add_middleware` puts a middleware inside of the one that turns an exception into a 500 and of
    the one that limits the body's size: their responses would have no id and no CORS headers.
    """

    author: Mapping[str, str] = MappingProxyType({})
    cors_origins: Sequence[str] = ()
    cors_headers: Sequence[str] = ()
    _completed: dict[str, Any] | None = None

    def build_middleware_stack(self) -> ASGIApp:
        """Return the whole application, as the server calls it."""
        stack = super().build_middleware_stack()
        if self.cors_origins:
            stack = CORSMiddleware(
                stack,
                allow_origins=self.cors_origins,
                allow_methods=["*"],
                allow_headers=self.cors_headers,
                expose_headers=["Retry-After", "WWW-Authenticate", "X-Request-ID"],
            )
        return RequestMiddleware(stack)

    def openapi(self) -> dict[str, Any]:
        """Return the API's description, with what FastAPI's lacks."""
        description = super().openapi()  # the same object, until a route is added
        if description is not self._completed:
            complete(description, self.routes, self.author)
            self._completed = description
        return description
