"""Responses to requests that fail: problem details, as RFC 9457 describes them."""

from collections.abc import Mapping
from http.client import responses
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.utils import is_body_allowed_for_status_code
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.http.logging import request_id

MEDIA_TYPE = "application/problem+json"
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class InvalidField(BaseModel):
    """A place where a request does not match its schema, and the reason."""

    type: str
    loc: list[str | int]
    msg: str


class Problem(BaseModel):
    """Why the request failed."""

    type: str = Field(default="about:blank", json_schema_extra={"format": "uri-reference"})
    title: str
    status: int
    detail: str
    request_id: str | None = Field(None, description="Names this request in the service's log.")
    errors: list[InvalidField] | None = Field(None, description="With status 422 only.")


_DOCUMENT = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
# For the API's documentation. The schema is put there by `Application`, because FastAPI would
# document a `model` as plain application/json.
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "The request cannot be answered", "content": _DOCUMENT},
    "5XX": {"description": "The service has failed", "content": _DOCUMENT},
}


class ProblemResponse(JSONResponse):
    """A problem details document."""

    media_type = MEDIA_TYPE


def problem_response(
    status: int,
    detail: Any,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> ProblemResponse:
    """Return the document; `members` are added to those that RFC 9457 defines."""
    title = responses.get(status, "Error")
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    if (identifier := request_id.get()) is not None:
        content["request_id"] = identifier
    return ProblemResponse(content, status, headers)


async def refuse_request(_: Request, error: Exception) -> Response:
    """Return a 422 that says where the request is wrong and why.

    FastAPI's own handler also quotes the input. That sends passwords back, and turns into a 500
    when the input holds NaN or is no valid Unicode.
    """
    assert isinstance(error, RequestValidationError)
    errors = [{key: problem[key] for key in ("type", "loc", "msg")} for problem in error.errors()]
    detail = "The request does not match what is documented; see errors."
    return problem_response(422, detail, errors=errors)


async def describe_http_exception(request: Request, error: Exception) -> Response:
    """Return what a route, or the router, raised."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405 and error.headers and "Allow" in error.headers:
        error.headers = {**error.headers, "Allow": ", ".join(_allowed_methods(request))}
    if not is_body_allowed_for_status_code(error.status_code):
        return Response(status_code=error.status_code, headers=error.headers)
    return problem_response(error.status_code, error.detail, error.headers)


def _allowed_methods(request: Request) -> list[str]:
    """Return those of all routes with this path; the router names those of the first one."""
    scope = {key: request.scope[key] for key in ("type", "path", "root_path")}
    return [
        method
        for method in METHODS
        if any(
            route.matches(scope | {"method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


async def hide_exception(_: Request, __: Exception) -> Response:
    """Return a 500 that tells nothing but the request's id; the server logs the exception."""
    detail = "The service has failed; its log says why, under the request's id."
    return problem_response(500, detail)
