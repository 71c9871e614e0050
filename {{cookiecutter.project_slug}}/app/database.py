"""The engine, and the session that a route asks for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from anyio import CancelScope
from fastapi import Depends
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from app.config import settings

engine = create_engine(
    settings.database_url,
    pool_size=settings.database_pool_size,
    max_overflow=0,
    pool_pre_ping=True,
    connect_args={"connect_timeout": 5},
)
SessionFactory = sessionmaker(engine)

# Requests queue here, in the event loop. If they queued for a connection inside a worker thread,
# waiting requests would take every thread and those that hold a connection could not finish.
_free_connections = asyncio.Semaphore(settings.database_pool_size)


async def get_session() -> AsyncIterator[Session]:
    """Yield a session for one request; what the route has not committed is rolled back."""
    async with _free_connections:
        session = SessionFactory()
        try:
            yield session
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(session.close)


# With the scope "function" the connection is free again before the response is sent.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
