"""The routes. Each module of this package has a `router`, and all of them are served."""

from importlib import import_module
from pkgutil import ModuleInfo, iter_modules

from fastapi import APIRouter


class MissingRouterError(AttributeError):
    """A module of this package has no router; the message says which, and what to do."""


def find_routers() -> list[APIRouter]:
    """Return the router of every module, in the order of their names.

    Raises MissingRouterError when one has none.
    """
    return [_router_of(module) for module in iter_modules(__path__)]


def describe_tags() -> list[dict[str, str]]:
    """Return the tags of all routers; each is described by what its module begins with."""
    descriptions = {
        str(tag): import_module(f"{__name__}.{module.name}").__doc__ or ""
        for module in iter_modules(__path__)
        for tag in _router_of(module).tags
    }
    return [{"name": tag, "description": text} for tag, text in descriptions.items()]


def _router_of(module: ModuleInfo) -> APIRouter:
    name = f"{__name__}.{module.name}"
    router = getattr(import_module(name), "router", None)
    if not isinstance(router, APIRouter):
        file = f"{name.replace('.', '/')}{'/__init__' if module.ispkg else ''}.py"
        raise MissingRouterError(
            f"{file} has no `router`; write `router = APIRouter()` and its routes there, or move "
            "the file out of app/routers/."
        )
    return router
