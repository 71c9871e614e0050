"""Responses to a database that refuses a statement, or does not answer."""

import logging
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from psycopg2.errors import ForeignKeyViolation, UniqueViolation
from sqlalchemy import exc

from app.http.errors import problem_response
from app.models import Base

RETRY_AFTER_SECONDS = 5
# Classes of SQLSTATE: connection lost, transaction rolled back (deadlock), out of resources,
# stopped by an operator or a timeout, input/output; 55P03 is a lock that was not granted in time.
TRANSIENT = ("08", "40", "53", "57", "58", "55P03")
UNREACHABLE = (exc.OperationalError, exc.InterfaceError)

logger = logging.getLogger(__name__)


async def describe_database_error(_: Request, error: Exception) -> Response:
    """Return a 409 for a conflict with other rows, a 503 if trying again may help.

    Raises the error again if it is neither: then it is a defect of the service.
    """
    if isinstance(error, exc.TimeoutError) or _is_transient(error):
        reason = str(getattr(error, "orig", None) or error).strip()
        logger.warning("The database is not available: %s", reason.partition("\n")[0])
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return problem_response(503, "The database is not available; try again later.", headers)
    detail = _describe_conflict(error)
    if detail is None:
        raise error
    return problem_response(409, detail)


def _is_transient(error: Exception) -> bool:
    assert isinstance(error, exc.DBAPIError)
    code = getattr(error.orig, "pgcode", None)
    # Without a code it is psycopg2 that speaks, and the server could not be reached or has gone.
    is_unreachable = code is None and isinstance(error, UNREACHABLE)
    return error.connection_invalidated or is_unreachable or str(code).startswith(TRANSIENT)


def _describe_conflict(error: Exception) -> str | None:
    """Return a sentence that names the columns, or None if the error is no conflict of rows."""
    if not isinstance(error, exc.IntegrityError):
        return None
    original = error.orig
    if not isinstance(original, UniqueViolation | ForeignKeyViolation):
        return None
    columns = _columns(original.diag.table_name, original.diag.constraint_name)
    if isinstance(original, UniqueViolation):
        return f"There is already one with the same {columns or 'values'}."
    if str(error.statement).lstrip().upper().startswith("DELETE"):
        return f"It is still in use, by {columns or 'a column'} of {original.diag.table_name}."
    return f"There is nothing that {columns or 'one of the values'} could refer to."


def _columns(table_name: str | None, constraint_name: str | None) -> str:
    """Return the names of the columns of a constraint or a unique index, from the models.

    PostgreSQL's own message has them too, but with the values, and in its language.
    """
    for table in Base.metadata.tables.values():
        constraints: list[Any] = [*table.constraints, *table.indexes]
        for constraint in constraints:
            if table.name == table_name and constraint.name == constraint_name:
                return " and ".join(column.name for column in constraint.columns)
    return ""
