"""Rendering of the models' types and defaults into a revision."""

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum, TextClause
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
    if isinstance(item, Enum) and item.native_enum:
        return _native_enum(item, autogen_context)
    module = type(item).__module__
    if module.startswith("sqlalchemy.dialects.postgresql"):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return f"postgresql.{item!r}" if decorated else False
    if module.startswith(("sqlalchemy.", "alembic.")):
        return f"sa.{item!r}" if decorated else False
    autogen_context.imports.add(f"import {module}")
    return f"{module}.{item!r}"


def _native_enum(enum: Enum, autogen_context: AutogenContext) -> str:
    """Return the source of a column's type, which other operations create, change and drop."""
    autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
    # A label may be a member of an enum that is a string, whose repr is no literal.
    arguments = [repr(str.__str__(label)) for label in enum.enums]
    arguments += [f"name={enum.name!r}"]
    arguments += [f"schema={enum.schema!r}"] if enum.schema else []
    return f"postgresql.ENUM({', '.join(arguments)}, create_type=False)"
