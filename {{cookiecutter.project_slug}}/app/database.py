"""The engine, and the session that a route asks for."""

import select
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from anyio import CancelScope
from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.requests import HTTPConnection
from sqlalchemy import ExceptionContext, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from app.concurrency import BoundedQueue
from app.config import settings

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

engine = create_engine(
    settings.database_url,
    pool_size=settings.database_pool_size,
    max_overflow=0,
    hide_parameters=True,  # in errors and logs
    connect_args={"connect_timeout": 5, "options": settings.database_options},
)
SessionFactory = sessionmaker(engine)
# As many places as connections, so that no thread ever waits for one.
connections = BoundedQueue(
    places=settings.database_pool_size,
    longest_queue=settings.database_queue_size,
    seconds=settings.database_queue_seconds,
)


@event.listens_for(engine, "checkout")
def replace_closed_connection(connection: Any, *_: object) -> None:
    """Let the pool connect anew if the server has closed a connection that was idle.

    It can then be read from. Asking the socket takes no time; a query, as `pool_pre_ping` sends
    it, would take as long as a short query of a route.
    """
    # There the first request after a restart fails.
    if hasattr(select, "poll"):  # pragma: no branch (Windows lacks it)
        idle = select.poll()
        idle.register(connection.fileno(), select.POLLIN)
        if idle.poll(0):
            raise InvalidatePoolError


@event.listens_for(engine, "handle_error")
def leave_out_details(context: ExceptionContext) -> None:
    """Cut from an error, before it is logged, where PostgreSQL quotes the values of a row."""
    for error in filter(None, (context.original_exception, context.sqlalchemy_exception)):
        error.args = tuple(
            argument.partition("\nDETAIL:")[0] if isinstance(argument, str) else argument
            for argument in error.args
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
