"""All models. Importing this package imports every module in it, so none can be forgotten."""

from importlib import import_module
from pkgutil import walk_packages

from app.models.base import Base

__all__ = ["Base"]

for _module in walk_packages(__path__, prefix=f"{__name__}."):
    import_module(_module.name)
