"""Dependencies that FastAPI finds as usual, but that are called later, all in one thread."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from inspect import (
    Parameter,
    Signature,
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
)
from typing import Any

from fastapi.params import Depends

UNNAMED = "_unnamed_dependency_"


def is_deferrable(call: Any) -> bool:
    """Tell whether it may block: FastAPI itself would call it in a thread."""
    return not any(
        iscoroutinefunction(function) or isasyncgenfunction(function)
        for function in (call, getattr(call, "__call__", None))  # noqa: B004
    )


def deferred_signature(call: Callable[..., Any], unnamed: Sequence[Depends] = ()) -> Signature:
    """Return the signature from which FastAPI learns what to pass.

    Each dependency in it that may block stands for a `Promise` of what it returns. `unnamed` are
    more dependencies, for whose sake a request may be refused; they come first.
    """
    original = signature(call, eval_str=True)
    parameters = [
        *(_unnamed_parameter(number, marker) for number, marker in enumerate(unnamed)),
        *original.parameters.values(),
    ]
    return original.replace(parameters=[_defer(parameter) for parameter in parameters])


def keep_promises(arguments: Mapping[str, Any], stack: ExitStack) -> dict[str, Any]:
    """Return the arguments of a call, with what was promised; unnamed dependencies are called.

    `stack` ends the dependencies that yield.
    """
    values = {
        name: value.keep(stack) if isinstance(value, Promise) else value
        for name, value in arguments.items()
    }
    return {name: value for name, value in values.items() if not name.startswith(UNNAMED)}


class Promise:
    """A call of a dependency, made once, however many ask for what it returns."""

    def __init__(self, call: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        self._call = call
        self._arguments = arguments
        self._is_kept = False
        self._value: Any = None

    def keep(self, stack: ExitStack) -> Any:
        """Return what the dependency returns or yields."""
        if not self._is_kept:
            arguments = keep_promises(self._arguments, stack)
            if isgeneratorfunction(self._call):
                self._value = stack.enter_context(contextmanager(self._call)(**arguments))
            else:
                self._value = self._call(**arguments)
            self._is_kept = True
        return self._value


class _Promising:
    """Takes a dependency's place. It equals it, for `app.dependency_overrides` to find it."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call
        self.__signature__ = deferred_signature(call)

    async def __call__(self, **arguments: Any) -> Promise:
        return Promise(self._call, arguments)

    def __eq__(self, other: object) -> bool:
        return self is other or self._call == other

    def __hash__(self) -> int:
        return hash(self._call)


_promising = cache(_Promising)


def _unnamed_parameter(number: int, marker: Depends) -> Parameter:
    return Parameter(f"{UNNAMED}{number}", Parameter.KEYWORD_ONLY, default=marker)


def _defer(parameter: Parameter) -> Parameter:
    """Return the parameter, which FastAPI will pass by name, with its dependency deferred."""
    for marker in (parameter.default, *getattr(parameter.annotation, "__metadata__", ())):
        if isinstance(marker, Depends) and is_deferrable(marker.dependency):
            marker = replace(marker, dependency=_promising(marker.dependency))
            parameter = parameter.replace(annotation=Any, default=marker)
    return parameter.replace(kind=Parameter.KEYWORD_ONLY)
