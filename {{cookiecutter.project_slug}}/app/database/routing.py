"""A route that changes threads once."""

import inspect
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

from fastapi import Request, Response, routing
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.database.session import end_transaction, get_session

# FastAPI has no public name for it. In a version without it, routes are FastAPI's own, only slower.
_inclusion: ContextVar[Any] | None = getattr(routing, "_effective_route_context_var", None)


class SessionRoute(APIRoute):
    """Calls a `def` endpoint, validates its answer and ends its transaction in one thread.

    FastAPI would change threads for each, which costs about as much as a short query. What is
    called, with what, and what a client gets are the same.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request, here or where the router is included."""
        if _inclusion is None:  # pragma: no cover (every FastAPI so far has it)
            return super().get_route_handler()
        included = _inclusion.get()
        route: Any = self if included is None or included.original_route is not self else included
        if _is_function(route.dependant.call):
            field = route.response_field
            provider = route.dependency_overrides_provider
            ends = _leaves_the_session_alone_afterwards(route.dependant)
            call = route.dependant.call

            def answer(arguments: dict[str, Any]) -> Any:
                returned = call(**arguments)
                if field is not None and not isinstance(returned, Response):
                    value, errors = field.validate(returned, {}, loc=("response",))
                    if errors:
                        return returned  # FastAPI says what is wrong
                    returned = _Validated(value)
                if ends and not (provider and provider.dependency_overrides):
                    end_transaction()
                return returned

            @wraps(call)
            async def call_in_thread(**arguments: Any) -> Any:
                return await run_in_threadpool(answer, arguments)

            route.dependant.call = call_in_thread
            route.response_field = field and _ValidatedField(field)
        return super().get_route_handler()


@dataclass(frozen=True, slots=True)
class _Validated:
    value: Any


class _ValidatedField:
    """The type of the answer, which lets pass what was validated in the endpoint's thread."""

    def __init__(self, field: Any) -> None:
        self._field = field

    def __getattr__(self, name: str) -> Any:
        return getattr(self._field, name)

    def validate(self, value: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(value, _Validated):
            return value.value, []
        return self._field.validate(value, *arguments, **options)


def _is_function(call: Any) -> bool:
    """Tell whether it is a function or a method, and one that FastAPI would call in a thread."""
    return all(
        inspect.isroutine(each)
        and not inspect.iscoroutinefunction(each)
        and not inspect.isgeneratorfunction(each)
        and not inspect.isasyncgenfunction(each)
        for each in (call, inspect.unwrap(call))
    )


def _leaves_the_session_alone_afterwards(dependant: Dependant) -> bool:
    """Tell whether no dependency has code after `yield`, which could go on with the transaction."""
    return all(
        (each.scope == "function" if each.call is get_session else _has_no_yield(each.call))
        and _leaves_the_session_alone_afterwards(each)
        for each in dependant.dependencies
    )


def _has_no_yield(call: Any) -> bool:
    return all(
        (inspect.isroutine(each) or inspect.isclass(each))
        and not inspect.isgeneratorfunction(each)
        and not inspect.isasyncgenfunction(each)
        for each in (call, inspect.unwrap(call))
    )
