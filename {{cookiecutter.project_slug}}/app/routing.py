"""Routes that do all of their work in one thread."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import wraps
from typing import Any

from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.database import database_threads
from app.deferral import deferred_signature, is_deferrable, resolve_arguments, yields


class SessionRoute(APIRoute):
    """Calls the `def` dependencies and the `def` endpoint, and makes the answer, in one thread.

    FastAPI would change threads for each of them. That costs more than a short query, and between
    two of them a request would keep its connection, while others wait for it in all the threads.
    Nor can anything load from the database later, in the event loop, and block every other request.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        dependencies: Sequence[Depends] | None = None,
        **options: Any,
    ) -> None:
        """Take what `APIRoute` takes."""
        if is_deferrable(endpoint) and not yields(endpoint):
            endpoint = self._in_one_thread(endpoint, dependencies or ())
            dependencies = None
        super().__init__(path, endpoint, dependencies=dependencies, **options)

    def _in_one_thread(
        self, endpoint: Callable[..., Any], unnamed: Sequence[Depends]
    ) -> Callable[..., Any]:
        @wraps(endpoint)
        async def call_in_thread(**arguments: Any) -> Any:
            return await database_threads.run(self._answer, endpoint, arguments)

        call_in_thread.__signature__ = deferred_signature(endpoint, unnamed)  # type: ignore[attr-defined]  # as `inspect` documents it
        return call_in_thread

    def _answer(self, endpoint: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """Return the response model; FastAPI itself reports what does not fit it."""
        with ExitStack() as stack:
            returned = endpoint(**resolve_arguments(arguments, stack))
            if self.response_field is None or isinstance(returned, Response):
                return returned
            answer, errors = self.response_field.validate(returned, {}, loc=("response",))
            return returned if errors else answer
        raise RuntimeError("A dependency caught the endpoint's exception; it has to raise it again")
