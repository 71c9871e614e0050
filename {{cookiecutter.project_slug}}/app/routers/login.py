"""Access tokens, from the token endpoint of OAuth 2 (RFC 6749)."""

import json
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy import exc
from starlette.exceptions import HTTPException

from app.auth.login import authenticate
from app.auth.login_limits import Login
from app.auth.tokens import create_access_token
from app.config.auth import auth_settings
from app.dependencies.client import ClientAddress
from app.http.database_errors import describe_database_error
from app.http.errors import Problem, describe_http_exception, problem_response
from app.http.validation import describe_error
from app.schemas.token import ErrorCode, TokenPublic, TokenRequest

NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
CODES_OF_FIELDS: dict[str, ErrorCode] = {
    "grant_type": "unsupported_grant_type",
    "scope": "invalid_scope",
}
NOT_IN_A_DESCRIPTION = re.compile(r"[^ !#-\[\]-~]")


class TokenError(Problem):
    """Why there is no token: a problem document with the members that OAuth 2 asks for."""

    error: ErrorCode
    error_description: str


class WrongLoginError(HTTPException):
    """No account has this address and this password."""


class TokenRoute(APIRoute):
    """A route whose errors are those of RFC 6749, section 5.2, and whose answers nobody stores."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_or_refuse(request: Request) -> Response:
            try:
                response = await answer(request)
            except RequestValidationError as error:
                response = _refuse_form(error)
            except HTTPException as error:
                problem = await describe_http_exception(request, error)
                response = _refusal(problem, _code_of(error))
            except (exc.DBAPIError, exc.TimeoutError) as error:
                problem = await describe_database_error(request, error)
                response = _refusal(problem, "temporarily_unavailable")
            response.headers.update(NOT_STORED)
            return response

        return answer_or_refuse


def _refuse_form(error: RequestValidationError) -> Response:
    details = describe_error(error.errors()[0])
    field = details["loc"][-1]
    problem = problem_response(400, f"{field}: {details['msg']}")
    return _refusal(problem, CODES_OF_FIELDS.get(field, "invalid_request"))


def _code_of(error: HTTPException) -> ErrorCode:
    if isinstance(error, WrongLoginError):
        return "invalid_grant"
    is_our_fault = error.status_code in (429, 503)
    return "temporarily_unavailable" if is_our_fault else "invalid_request"


def _refusal(problem: Response, code: ErrorCode) -> Response:
    """Return the problem document with OAuth 2's members; a description has few characters."""
    content = json.loads(bytes(problem.body))
    description = NOT_IN_A_DESCRIPTION.sub("?", content["detail"].replace('"', "'"))
    content |= {"error": code, "error_description": description}
    headers = {
        name: value
        for name, value in problem.headers.items()
        if name not in ("content-length", "content-type")
    }
    return JSONResponse(content, problem.status_code, headers)


router = APIRouter(tags=["login"], route_class=TokenRoute)
REFUSED = {"description": "There is no token", "model": TokenError}


@router.post("/token", responses={"4XX": REFUSED, "5XX": REFUSED})
async def create_token(
    form: Annotated[TokenRequest, Form()], address: ClientAddress
) -> TokenPublic:
    """Exchange an e-mail address (as `username`) and a password for an access token."""
    login = Login(form.username, address)
    account = await authenticate(login, form.password.get_secret_value())
    if account is None:
        detail = "The e-mail address or the password is wrong."
        raise WrongLoginError(status.HTTP_400_BAD_REQUEST, detail)
    token = create_access_token(account.id, account.token_version)
    return TokenPublic(access_token=token, expires_in=auth_settings.access_token_minutes * 60)
