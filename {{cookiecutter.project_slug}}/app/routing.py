"""Routes whose work on a session is done in one thread, in one go."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction, isfunction, isgeneratorfunction
from typing import Any

from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session


class SessionRoute(APIRoute):
    """Calls a `def` endpoint, makes the answer, and closes the session, all in one thread.

    FastAPI would change threads for each of the three, which costs more than a short query. Nor
    can anything load from the database later, in the event loop, and block every other request.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Take what `APIRoute` takes."""
        if isfunction(endpoint) and not (
            iscoroutinefunction(endpoint) or isgeneratorfunction(endpoint)
        ):
            endpoint = self._in_one_thread(endpoint)
        super().__init__(path, endpoint, **options)

    def _in_one_thread(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        def call(arguments: dict[str, Any]) -> Any:
            try:
                return self._answer(endpoint(**arguments))
            finally:
                for argument in arguments.values():
                    if isinstance(argument, Session):
                        argument.close()

        @wraps(endpoint)
        async def call_in_thread(**arguments: Any) -> Any:
            return await run_in_threadpool(call, arguments)

        return call_in_thread

    def _answer(self, returned: Any) -> Any:
        """Return the response model; FastAPI itself reports what does not fit it."""
        if self.response_field is None:
            return returned
        answer, errors = self.response_field.validate(returned, {}, loc=("response",))
        return returned if errors else answer
