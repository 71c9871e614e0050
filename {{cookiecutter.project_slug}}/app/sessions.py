"""Sessions for routes that need the database for a moment only.

`SessionDep` keeps one of the few places for as long as the route runs. A route that hashes a
password in between asks for a session when it needs one, and gives it back.
"""

from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Concatenate, ParamSpec, TypeVar

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from app.database import get_session

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_open_session = asynccontextmanager(get_session)


async def in_session(
    work: Callable[Concatenate[Session, Parameters], Result],
    *args: Parameters.args,
    **kwargs: Parameters.kwargs,
) -> Result:
    """Run the function in a thread, with a session of its own as the first argument.

    Returns and raises what the function does. What it has not committed is rolled back, and its
    connection is free again.
    """
    async with _open_session() as session:
        return await run_in_threadpool(work, session, *args, **kwargs)
