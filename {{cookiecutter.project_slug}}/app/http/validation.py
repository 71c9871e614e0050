"""Responses to requests that do not match their schema: few errors, and short ones.

A body of two megabytes can have 200,000 unknown keys or items that are wrong. To list them takes a
worker seconds, in which it serves nobody, and the answer is larger than the request.
"""

from typing import Any

from fastapi import Request
from fastapi._compat import ModelField
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ValidationError

from app.http.errors import problem_response

MOST_ERRORS_LISTED = 20
MOST_ERRORS_COLLECTED = 1000
MOST_STEPS = 20
LONGEST_STEP = 100
LONGEST_MESSAGE = 300


async def refuse_request(_: Request, error: Exception) -> Response:
    """Return a 422 that says where the request is wrong and why.

    FastAPI's own handler also quotes the input. That sends passwords back, and turns into a 500
    when the input holds NaN or is no valid Unicode.
    """
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    detail = "The request does not match what is documented; see errors."
    if len(found) > MOST_ERRORS_LISTED:
        detail = f"{detail[:-1]}, the first {MOST_ERRORS_LISTED} of {len(found)}."
    errors = [describe_error(details) for details in found[:MOST_ERRORS_LISTED]]
    return problem_response(422, detail, errors=errors)


def describe_error(details: dict[str, Any]) -> dict[str, Any]:
    """Return type, place and reason of an error, which clients can make long: a key is a place."""
    return {
        "type": details["type"],
        "loc": [_shorten(step, LONGEST_STEP) for step in details["loc"][:MOST_STEPS]],
        "msg": _shorten(details["msg"], LONGEST_MESSAGE),
    }


def _shorten(text: Any, longest: int) -> Any:
    if isinstance(text, str) and len(text) > longest:
        return f"{text[: longest - 3]}..."
    return text


def _validate(
    self: ModelField, value: Any, values: Any = None, *, loc: tuple[int | str, ...] = ()
) -> tuple[Any, list[dict[str, Any]]]:
    """Return what FastAPI's own method does, but one error in place of more than are collected."""
    try:
        return self._type_adapter.validate_python(value, from_attributes=True), []
    except ValidationError as error:
        count = error.error_count()  # quick; it is the making of a dictionary for each that is not
        if count > MOST_ERRORS_COLLECTED:
            message = f"There are {count} errors, too many to list"
            return None, [{"type": "too_many_errors", "loc": loc, "msg": message, "input": None}]
        errors = error.errors(include_url=False)
        return None, [{**details, "loc": loc + details["loc"]} for details in errors]


# FastAPI has no setting for it, and no place of its own between Pydantic and the list.
ModelField.validate = _validate  # type: ignore[method-assign]  # on purpose
