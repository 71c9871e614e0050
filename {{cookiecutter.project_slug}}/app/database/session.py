"""The session of a request."""

from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Annotated, Concatenate, ParamSpec, TypeVar

from anyio import CancelScope
from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.requests import HTTPConnection
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.concurrency import BoundedQueue
from app.config import settings
from app.database.engine import SessionFactory, engine

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

# As many places as connections, so that no thread ever waits for one.
connections = BoundedQueue(
    places=settings.database_pool_size,
    longest_queue=settings.database_queue_size,
    seconds=settings.database_queue_seconds,
)


class _Lease:
    """The session of one request, for as long as anything in it holds the session."""

    def __init__(self) -> None:
        self.holders = 0

    async def begin(self) -> None:
        """Wait for a connection; the session connects when it is first used, in a thread."""
        await connections.enter(self)
        self.session = SessionFactory()

    async def end(self) -> None:
        """Roll back what is not committed."""
        try:
            if self.session.in_transaction():
                with CancelScope(shield=True):
                    await connections.run_in_place(self.session.close)
            else:
                self.session.close()
            self.session.bind = _ended
        finally:
            connections.leave(self)


_lease_of_request: ContextVar[_Lease | None] = ContextVar("lease", default=None)


async def get_session(connection: HTTPConnection) -> AsyncIterator[Session]:
    """A session for one request; what the route has not committed is rolled back.

    Whoever asks for one in the same request gets the same. Raises HTTPException 503 when too many
    requests wait for a connection, or for too long.
    """
    lease = connection.scope.setdefault("app.database.lease", _Lease())
    if lease.holders and _asks_for_another(connection.scope["route"].dependant):
        raise RuntimeError(
            "A request has one session: while it waits for a second connection, it would keep the "
            "first. Ask for it without use_cache=False, or call run_in_session in a background "
            "task."
        )
    _lease_of_request.set(lease)
    if not lease.holders:
        await lease.begin()
    lease.holders += 1
    try:
        yield lease.session
    finally:
        lease.holders -= 1
        if not lease.holders:
            await lease.end()


def _asks_for_another(dependant: Dependant) -> bool:
    return any(
        (each.call is get_session and not each.use_cache) or _asks_for_another(each)
        for each in dependant.dependencies
    )


# It ends before the response is sent, so that no slow client keeps a connection.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]


def end_transaction() -> None:
    """Give the request's connection back in the thread that asks; rolls back, as the end does.

    Objects stay as they are, and what they have still to load begins another transaction.
    """
    lease = _lease_of_request.get()
    if lease is None or not lease.holders or lease.session.in_nested_transaction():
        return
    if transaction := lease.session.get_transaction():
        transaction.close()


def _refuse_to_connect() -> None:
    raise RuntimeError(
        "The session of the request has ended, before its response was sent. A background task or "
        "a stream opens one of its own: await run_in_session(function)."
    )


_ended = create_engine(engine.url, creator=_refuse_to_connect)


async def run_in_session(
    function: Callable[Concatenate[Session, Parameters], Returned],
    *arguments: Parameters.args,
    **options: Parameters.kwargs,
) -> Returned:
    """Return what the function returns, called with a session, in a thread.

    For what has none or must not keep one for long: an `async` route, a background task, a
    WebSocket. Raises HTTPException 503 as `get_session` does, and RuntimeError in a request that
    has a session: it would wait for a second connection while it keeps the first.
    """

    def call() -> Returned:
        with SessionFactory() as session:
            return function(session, *arguments, **options)

    lease = _lease_of_request.get()
    if lease is not None and lease.holders:
        raise RuntimeError(
            "This request has a session already, and would keep it while it waits for a second "
            "connection. Call run_in_threadpool(function, session), or leave out of the route what "
            "depends on SessionDep."
        )
    return await connections.run(call)
