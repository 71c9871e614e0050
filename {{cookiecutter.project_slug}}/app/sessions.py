"""A session for routes that need the database for a moment only.

`SessionDep` keeps one of the few places for as long as the route runs. A route that hashes a
password in between opens a session when it needs one, and calls the database in a thread.
"""

from contextlib import asynccontextmanager

from app.database import get_session

open_session = asynccontextmanager(get_session)
