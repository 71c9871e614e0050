"""Responses to requests that fail: problem details, as RFC 9457 describes them."""

from collections.abc import Mapping
from http.client import responses
from typing import Any

from fastapi import Request
from fastapi.encoders import jsonable_encoder
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

    type: str = Field(examples=["string_too_short"])
    loc: list[str | int] = Field(examples=[["body", "title"]])
    msg: str = Field(examples=["String should have at least 1 character"])


class Problem(BaseModel):
    """Why the request failed."""

    type: str = Field(default="about:blank", json_schema_extra={"format": "uri-reference"})
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["The request does not match what is documented; see errors."])
    request_id: str | None = Field(
        None,
        description="Names this request in the service's log.",
        examples=["0b5c7f1e8a2d4c6f9e3b1a7d5c8f2e4a"],
    )
    errors: list[InvalidField] | None = Field(
        None, description="With status 422 only; the first of them, if there are many."
    )
    data: Any = Field(None, description="What a route adds to `detail`.")


# No class has this name. `Application` puts the one that the schema gets in its place; FastAPI
# would document a `model` as plain application/json.
PROBLEM_REFERENCE = "#/components/schemas/problem-document"


def _document(status: int, detail: str) -> dict[str, Any]:
    example = {"type": "about:blank", "title": responses[status], "status": status}
    content = {"schema": {"$ref": PROBLEM_REFERENCE}, "example": example | {"detail": detail}}
    return {MEDIA_TYPE: content}


# For the API's documentation.
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "The request cannot be answered",
        "content": _document(404, "There is no such thing."),
    },
    "5XX": {
        "description": "The service has failed",
        "content": _document(503, "The database is not available; try again later."),
    },
}


class ProblemResponse(JSONResponse):
    """A problem details document."""

    media_type = MEDIA_TYPE


def problem_response(
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> ProblemResponse:
    """Return the document; `members` are added to those that RFC 9457 defines."""
    content = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": detail,
        **members,
    }
    if (identifier := request_id.get()) is not None:
        content["request_id"] = identifier
    return ProblemResponse(content, status, headers)


def _title(status: int) -> str:
    return responses.get(status, "Error")


async def describe_http_exception(request: Request, error: Exception) -> Response:
    """Return what a route, or the router, raised."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405 and error.headers and "Allow" in error.headers:
        error.headers = {**error.headers, "Allow": ", ".join(_allowed_methods(request))}
    if not is_body_allowed_for_status_code(error.status_code):
        return Response(status_code=error.status_code, headers=error.headers)
    if isinstance(error.detail, str):
        return problem_response(error.status_code, error.detail, error.headers)
    data = jsonable_encoder(error.detail)  # FastAPI allows anything that is JSON
    return problem_response(error.status_code, _title(error.status_code), error.headers, data=data)


def _allowed_methods(request: Request) -> list[str]:
    """Return those of all routes with this path; the router names those of the first one."""
    return [
        method
        for method in METHODS
        if _is_answered(request, method) or (method == "HEAD" and _is_answered(request, "GET"))
    ]


def _is_answered(request: Request, method: str) -> bool:
    scope = {key: request.scope[key] for key in ("type", "path", "root_path")}
    routes = request.app.routes
    return any(route.matches(scope | {"method": method})[0] is Match.FULL for route in routes)


async def hide_exception(_: Request, __: Exception) -> Response:
    """Return a 500 that tells nothing but the request's id; the server logs the exception."""
    detail = "The service has failed; its log says why, under the request's id."
    # uvicorn closes the connection after an exception, and a client may be using it again by then.
    return problem_response(500, detail, {"Connection": "close"})
