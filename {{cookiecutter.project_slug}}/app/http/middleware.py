"""Middleware: a request's id, the headers of its response, its line in the log."""

import logging
import re
from time import perf_counter
from uuid import uuid4

from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import problem_response
from app.http.logging import request_id

REQUEST_ID_HEADER = b"x-request-id"
ACCEPTED_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:=+/-]{1,128}")
SECURITY_HEADERS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)

# Asked every few seconds, by each load balancer, kubelet and Docker: news only if they fail.
PROBES = frozenset({"/health/live", "/health/ready"})

logger = logging.getLogger("app.access")


class RequestMiddleware:
    """Give the request an id, its response the common headers, and the log one line about it.

    It is plain ASGI: Starlette's BaseHTTPMiddleware would start a task for every request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Never reset: the server logs an exception of the app after this function has ended.
        request_id.set(_accepted_request_id(scope) or uuid4().hex)
        exchange = _Exchange(scope, receive, send)
        respond: Send = exchange.send
        if scope["method"] == "HEAD" and not _answers_head(scope):
            respond = _without_body(scope, respond)
        try:
            await self.app(scope, receive, respond)
        finally:
            exchange.log()


class _Exchange:
    """One request and its response."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self.send_to_server = scope, receive, send
        self.started = perf_counter()
        self.status: int | None = None
        self.is_replaced = False
        self.is_logged = False

    async def send(self, message: Message) -> None:
        """Pass a part of the response on, the first with more headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = dict(message["headers"])
            # Starlette's limit of the body's size answers in plain text, past every handler.
            if self.status == 413 and headers.get(b"content-type", b"").startswith(b"text/plain"):
                await self._replace(headers)
                return
            identifier = (REQUEST_ID_HEADER, str(request_id.get()).encode())
            added = [item for item in SECURITY_HEADERS if item[0] not in headers]
            message["headers"] = [*message["headers"], identifier, *added]
        if self.is_replaced:
            return
        await self.send_to_server(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.log()

    async def _replace(self, headers: dict[bytes, bytes]) -> None:
        """Send a problem document instead, with the headers that are not about the body."""
        others = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in headers.items()
            if not name.startswith(b"content-")
        }
        response = problem_response(413, "Content Too Large", others)
        await response(self.scope, self.receive, self.send)
        self.is_replaced = True

    def log(self) -> None:
        """Write the line, once; at the response's end, as background tasks may run on after it."""
        route = _route_template(self.scope)
        level = logging.DEBUG if route in PROBES and self.status == 200 else logging.INFO
        if self.is_logged or not logger.isEnabledFor(level):
            return
        self.is_logged = True
        fields = {
            "method": self.scope["method"],
            "route": route,
            "status": self.status,
            "duration_ms": round((perf_counter() - self.started) * 1000, 1),
        }
        message = "%(method)s %(route)s %(status)s %(duration_ms)s ms"
        logger.log(level, message, fields, extra=fields)


def _answers_head(scope: Scope) -> bool:
    routes = scope["app"].routes
    return any(
        route.matches(scope)[0] is Match.FULL for route in routes if not isinstance(route, Mount)
    )


def _without_body(scope: Scope, send: Send) -> Send:
    """Turn HEAD into GET for the application, and return what leaves out the response's body.

    To the server and to the log, which look at the scope once there is a response, it is HEAD.
    """

    async def send_without_body(message: Message) -> None:
        if message["type"] == "http.response.start":
            scope["method"] = "HEAD"
            await send(message)
        else:
            more = message.get("more_body", False)
            await send({"type": "http.response.body", "more_body": more})

    scope["method"] = "GET"
    return send_without_body


def _accepted_request_id(scope: Scope) -> str | None:
    """Return the id that the client or a proxy gave, unless it is unfit for a log or a header."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER and ACCEPTED_REQUEST_ID.fullmatch(value):
            return str(value.decode("ascii"))
    return None


def _route_template(scope: Scope) -> str:
    """Return `/comments/{comment_id}`, not `/comments/7`; what a client wrote may be a secret."""
    # The route knows its path in its own router, this context also the prefix it is served under.
    context = scope.get("fastapi", {}).get("effective_route_context")
    route = scope.get("route")
    return str(getattr(context, "path_format", None) or getattr(route, "path", None) or "-")
