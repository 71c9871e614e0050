"""The engine, and the session that a route asks for."""

import select
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio import CancelScope
from fastapi import Depends
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from app.admission import Admission
from app.config import settings

engine = create_engine(
    settings.database_url,
    pool_size=settings.database_pool_size,
    max_overflow=0,
    hide_parameters=True,  # in errors and logs
    connect_args={"connect_timeout": 5, "options": settings.database_options},
)
SessionFactory = sessionmaker(engine)
admission = Admission(
    places=settings.database_pool_size,
    longest_queue=settings.database_queue_size,
    patience=settings.database_queue_seconds,
)


@event.listens_for(engine, "checkout")
def replace_closed_connection(connection: Any, *_: object) -> None:
    """Let the pool connect anew if the server has closed a connection that was idle.

    It can then be read from. Asking the socket takes no time; a query, as `pool_pre_ping` sends
    it, would take as long as a short query of a route.
    """
    if hasattr(select, "poll"):  # Windows lacks it; there the first request after a restart fails
        idle = select.poll()
        idle.register(connection.fileno(), select.POLLIN)
        if idle.poll(0):
            raise InvalidatePoolError


async def get_session() -> AsyncIterator[Session]:
    """Yield a session for one request; what the route has not committed is rolled back.

    Raises HTTPException 503 if too many requests wait, or if this one has waited for too long.
    """
    await admission.enter()
    session = SessionFactory()
    try:
        yield session
    finally:
        try:
            if session.in_transaction():
                with CancelScope(shield=True):
                    await run_in_threadpool(session.close)
        finally:
            admission.leave()


# With the scope "function" the connection is free again before the response is sent.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
