"""The engine, and the session that a route asks for."""

from app.database.engine import SessionFactory, engine
from app.database.routing import SessionRoute
from app.database.session import SessionDep, get_session, run_in_session

__all__ = [
    "SessionDep",
    "SessionFactory",
    "SessionRoute",
    "engine",
    "get_session",
    "run_in_session",
]
