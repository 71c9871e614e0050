"""How the models' types are written into a revision."""

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeEngine


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Return the source of a type that the project defines itself, and import its module.

    Takes what Alembic hands to `render_item`; False leaves the item to Alembic.
    """
    if kind != "type" or not isinstance(item, TypeEngine):
        return False
    module = type(item).__module__
    if module.startswith(("sqlalchemy.", "alembic.")):
        return False
    autogen_context.imports.add(f"import {module}")
    return f"{module}.{item!r}"
