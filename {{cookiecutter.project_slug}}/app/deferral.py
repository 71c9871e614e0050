"""Dependencies that FastAPI finds as usual, but that are called later, all in one thread."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import cache
from inspect import Parameter, Signature
from typing import Any

from fastapi.params import Depends

UNNAMED = "_unnamed_dependency_"


def is_deferrable(call: Any) -> bool:
    """Tell whether it may block: FastAPI itself would call it in a thread."""
    return not any(
        inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
        for function in _functions_of(call)
    )


def yields(call: Any) -> bool:
    """Tell whether it is a generator, or has been one before it was decorated."""
    return any(inspect.isgeneratorfunction(function) for function in _functions_of(call))


def deferred_signature(call: Callable[..., Any], unnamed: Sequence[Depends] = ()) -> Signature:
    """Return the signature from which FastAPI learns what to pass.

    Each dependency in it that may block stands for a `DeferredCall`. `unnamed` are
    more dependencies, for whose sake a request may be refused; they come first.
    """
    original = _signature_of(call)
    parameters = [
        *(_unnamed_parameter(number, marker) for number, marker in enumerate(unnamed)),
        *original.parameters.values(),
    ]
    return original.replace(parameters=[_defer(parameter) for parameter in parameters])


def resolve_arguments(arguments: Mapping[str, Any], stack: ExitStack) -> dict[str, Any]:
    """Return the arguments of a call, with the values of those that are deferred calls.

    Unnamed dependencies are called too, and `stack` ends those that yield.
    """
    values = {
        name: value.resolve(stack) if isinstance(value, DeferredCall) else value
        for name, value in arguments.items()
    }
    return {name: value for name, value in values.items() if not name.startswith(UNNAMED)}


class DeferredCall:
    """A call of a dependency, made once, however many `def` functions ask for its value."""

    def __init__(
        self, call: Callable[..., Any], arguments: Mapping[str, Any], *, is_context: bool
    ) -> None:
        """Take what to call, and whether that returns a context manager to enter."""
        self._call = call
        self._arguments = arguments
        self._is_context = is_context
        self._is_done = False
        self._value: Any = None

    def resolve(self, stack: ExitStack) -> Any:
        """Return what the dependency returns or yields."""
        if not self._is_done:
            value = self._call(**resolve_arguments(self._arguments, stack))
            self._value = stack.enter_context(value) if self._is_context else value
            self._is_done = True
        return self._value


class DependencyOverrides(dict[Callable[..., Any], Callable[..., Any]]):
    """What `app.dependency_overrides` has to be, to know a deferred dependency by its function."""

    def get(self, call: Callable[..., Any], default: Any = None) -> Any:
        """Return what FastAPI has to call instead, deferred if `call` is."""
        if not isinstance(call, _StandIn):
            return super().get(call, default)
        instead = super().get(call.call)
        if instead is None:
            return default
        return _stand_in(instead) if is_deferrable(instead) else instead


class _StandIn:
    """Takes a dependency's place; equal to itself only, as FastAPI keeps values by dependency."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.call = call
        self.__signature__ = deferred_signature(call)
        self._yields = yields(call)
        self._function = contextmanager(call) if self._yields else call

    async def __call__(self, **arguments: Any) -> DeferredCall:
        return DeferredCall(self._function, arguments, is_context=self._yields)


_stand_in = cache(_StandIn)


def _functions_of(call: Any) -> Iterator[Any]:
    """Yield what may show that a call awaits or yields: the function, or an object's method."""
    functions = [call] if inspect.isclass(call) else [call, call.__call__]
    for function in functions:
        yield function
        yield inspect.unwrap(function)


def _signature_of(call: Any) -> Signature:
    try:
        return inspect.signature(call, eval_str=True)
    except NameError:  # of a type that is imported for type checkers only
        original = inspect.signature(call)
    namespace = getattr(inspect.unwrap(call), "__globals__", {})
    parameters = [
        parameter.replace(annotation=_evaluate(parameter.annotation, namespace))
        for parameter in original.parameters.values()
    ]
    returned = _evaluate(original.return_annotation, namespace)
    return Signature(parameters, return_annotation=returned)


def _evaluate(annotation: Any, namespace: dict[str, Any]) -> Any:
    """Return what the annotation names, or the annotation if that is not there."""
    with suppress(NameError):
        return eval(annotation, namespace) if isinstance(annotation, str) else annotation
    return annotation


def _unnamed_parameter(number: int, marker: Depends) -> Parameter:
    return Parameter(f"{UNNAMED}{number}", Parameter.KEYWORD_ONLY, default=marker)


def _defer(parameter: Parameter) -> Parameter:
    """Return the parameter, which FastAPI will pass by name, with its dependency deferred."""
    annotation = getattr(parameter.annotation, "__value__", parameter.annotation)
    for marker in (parameter.default, *getattr(annotation, "__metadata__", ())):
        if isinstance(marker, Depends) and marker.max_concurrency is None:
            call = marker.dependency or getattr(annotation, "__origin__", annotation)
            if is_deferrable(call):
                marker = replace(marker, dependency=_stand_in(call))
                parameter = parameter.replace(annotation=Any, default=marker)
    return parameter.replace(kind=Parameter.KEYWORD_ONLY)
