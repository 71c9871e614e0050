"""What a client is told about a request that does not match its schema."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


async def refuse_request(_: Request, error: Exception) -> JSONResponse:
    """Return a 422 that says where the request is wrong and why.

    FastAPI's own handler also quotes the input. That sends passwords back, and turns into a 500
    when the input holds NaN or is no valid Unicode.
    """
    assert isinstance(error, RequestValidationError)
    problems = [{key: problem[key] for key in ("type", "loc", "msg")} for problem in error.errors()]
    return JSONResponse({"detail": problems}, status_code=422)
