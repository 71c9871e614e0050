"""The engine: a pool of connections to PostgreSQL."""

import select
from typing import Any

from sqlalchemy import ExceptionContext, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import sessionmaker

from app.config import settings
from app.database.cursor import TimedCursor

engine = create_engine(
    settings.database_url,
    pool_size=settings.database_pool_size,
    max_overflow=0,
    hide_parameters=True,  # in errors and logs
    connect_args={
        "connect_timeout": 5,
        "options": settings.database_options,
        "cursor_factory": TimedCursor,
    },
)
SessionFactory = sessionmaker(engine)


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
