"""The routes. Each module of this package has a `router`, and all of them are served."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter


def find_routers() -> list[APIRouter]:
    """Return the router of every module, in the order of their names.

    Raises AttributeError, naming the module, when it has none.
    """
    names = [f"{__name__}.{module.name}" for module in iter_modules(__path__)]
    return [import_module(name).router for name in names]
