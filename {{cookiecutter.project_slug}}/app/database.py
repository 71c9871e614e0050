"""The engine, and the session that a route asks for."""

import select
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Depends
from sqlalchemy import ExceptionContext, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from app.config import settings
from app.threads import BoundedThreads

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

engine = create_engine(
    settings.database_url,
    pool_size=settings.database_pool_size,
    max_overflow=0,
    hide_parameters=True,  # in errors and logs
    connect_args={"connect_timeout": 5, "options": settings.database_options},
)
# A session that is used after its end would begin anew, and keep a connection: it raises instead.
SessionFactory = sessionmaker(engine, close_resets_only=False)
# As many as there are connections, so that no thread ever waits for one.
database_threads = BoundedThreads(
    threads=settings.database_pool_size,
    longest_queue=settings.database_queue_size,
    patience=settings.database_queue_seconds,
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


def get_session() -> Iterator[Session]:
    """Yield a session for one request; what the route has not committed is rolled back.

    Raises RuntimeError where a request could hold a connection while it waits for a thread.
    """
    if not database_threads.own_current_thread():
        raise RuntimeError(
            "SessionDep is for `def` endpoints that return, and their `def` dependencies, of a "
            "router made with route_class=SessionRoute. Give dependencies to the router, not to "
            "include_router or FastAPI. In what is async, call run_in_session."
        )
    with SessionFactory() as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


async def run_in_session(
    function: Callable[Concatenate[Session, Parameters], Returned],
    *arguments: Parameters.args,
    **options: Parameters.kwargs,
) -> Returned:
    """Return what the function returns, called with a session; for an `async` route.

    Such a route needs the database for a moment only: while it awaits something else, it would keep
    a connection from the others. Raises HTTPException 503 as `BoundedThreads.run` does.
    """

    def call() -> Returned:
        with SessionFactory() as session:
            return function(session, *arguments, **options)

    return await database_threads.run(call)
