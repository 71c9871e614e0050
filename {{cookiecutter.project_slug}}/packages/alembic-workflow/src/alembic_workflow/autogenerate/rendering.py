"""Rendering of the models' types and defaults into a revision."""

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from sqlalchemy import TextClause
from sqlalchemy.types import TypeDecorator, TypeEngine

from alembic_workflow.sql.text import escape_parameters


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Return the source of a default, or of a type that is not SQLAlchemy's own.

    A TypeDecorator is written as the type that it decorates: that is what the database sees, and a
    revision must not change with the code of the application. Takes what Alembic hands to
    `render_item`; False leaves the item to Alembic.
    """
    if kind == "server_default":
        default = getattr(item, "arg", None)
        if isinstance(default, TextClause):
            # Alembic would write % twice and take :a for a value, and so does what it reflects.
            return f"sa.text({escape_parameters(default.text)!r})"
        if isinstance(default, str):
            return repr(default)  # of which Alembic would take a quote at the end away
    if kind != "type" or not isinstance(item, TypeEngine):
        return False
    decorated = isinstance(item, TypeDecorator)
    if decorated:
        item = item.impl_instance  # type: ignore[attr-defined]
    module = type(item).__module__
    if module.startswith("sqlalchemy.dialects.postgresql"):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return f"postgresql.{item!r}" if decorated else False
    if module.startswith(("sqlalchemy.", "alembic.")):
        return f"sa.{item!r}" if decorated else False
    autogen_context.imports.add(f"import {module}")
    return f"{module}.{item!r}"
