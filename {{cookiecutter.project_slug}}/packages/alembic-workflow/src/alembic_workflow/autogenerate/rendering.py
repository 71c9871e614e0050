"""Rendering of the models' types, defaults and expressions into a revision."""

from typing import Any, Literal

import sqlalchemy
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Boolean, Enum, String, TextClause
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine, UserDefinedType

from alembic_workflow.alembic_internals import type_source
from alembic_workflow.sql.identifiers import DIALECT
from alembic_workflow.sql.text import escape_parameters
from alembic_workflow.sql.types import PostgreSQLType

# What has a word of its own for PostgreSQL, which no class of SQLAlchemy knows.
_NAMELESS = {"user_defined"}


class Implementation(PostgresqlImpl):
    """Alembic's own for PostgreSQL, but for percent signs and colons.

    https://alembic.sqlalchemy.org/en/latest/api/ddl.html
    """

    __dialect__ = "postgresql"

    def render_ddl_sql_expr(self, *arguments: Any, **options: Any) -> str:
        """Return the expression as the text of a revision.

        With each % once, since it is doubled where it is executed, and no :name for a parameter but
        in an index, whose elements have none.
        """
        text = super().render_ddl_sql_expr(*arguments, **options).replace("%%", "%")
        return text if options.get("is_index") else escape_parameters(text)


def render_item(
    kind: str, item: Any, autogen_context: AutogenContext
) -> str | Literal[False] | None:
    """Return the source of a default, or of a type that a revision cannot name as the model does.

    What is written is what the database sees, so that a revision does not change with the code of
    the application. Takes what Alembic hands to `render_item`; False leaves the item to Alembic.
    """
    if kind == "server_default":
        return _default(item)
    if kind == "exclude":
        return None  # Alembic loses operator classes; catalog_operations.py adds it
    if kind != "type" or not isinstance(item, TypeEngine):
        return False
    seen = as_database_sees(item)
    if isinstance(seen, PostgreSQLType):
        autogen_context.imports.add("from alembic_workflow import PostgreSQLType")
        return repr(seen)
    if isinstance(seen, Enum):
        return _native_enum(seen, autogen_context)
    return False if seen is item else type_source(seen, autogen_context)


def as_database_sees(item: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type that PostgreSQL gets for it, in a class that a revision can name.

    Of a decorator, that is what it decorates there; of a domain, and of a type that SQLAlchemy does
    not know, the name.
    """
    seen: TypeEngine[Any] = vars(item).get("_variant_mapping", {}).get(DIALECT.name, item)
    while isinstance(seen, TypeDecorator):
        adapted = seen.dialect_impl(DIALECT)  # such as an INTERVAL
        seen = seen.load_dialect_impl(DIALECT) if isinstance(adapted, type(seen)) else adapted
    if isinstance(seen, Enum) and not seen.native_enum:
        return String(seen.length)  # its CHECK is a constraint like others
    if isinstance(seen, Boolean) and seen.create_constraint:
        return Boolean()
    return seen if isinstance(seen, NullType) else _public(seen)


def _public(item: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the same type in a class of SQLAlchemy's own that has a public name."""
    if isinstance(item, PostgreSQLType | Enum):
        return item
    text = item.compile(dialect=DIALECT)
    kinds = [each for each in type(item).__mro__ if hasattr(each, "__visit_name__")]
    for kind in [] if isinstance(item, DOMAIN) else kinds:
        if kind.__visit_name__ in _NAMELESS:
            break
        if kind in (getattr(module, kind.__name__, None) for module in (postgresql, sqlalchemy)):
            same: TypeEngine[Any] = item if type(item) is kind else item.adapt(kind)
            if same.compile(dialect=DIALECT) == text:
                return same
    # What it writes into a statement has each percent sign twice, for the driver.
    return PostgreSQLType(text.replace("%%", "%") if isinstance(item, UserDefinedType) else text)


def _default(item: Any) -> str | Literal[False]:
    default = getattr(item, "arg", None)
    if isinstance(default, TextClause):
        # Alembic would write % twice and take :a for a value, and so does what it reflects.
        return f"sa.text({escape_parameters(default.text)!r})"
    if isinstance(default, str):
        # Of which Alembic would take a quote at the end away; a member of an enum is no literal.
        return repr(str.__str__(default))
    return False


def _native_enum(enum: Enum, autogen_context: AutogenContext) -> str:
    """Return the source of a column's type, which other operations create, change and drop."""
    autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
    # A label may be a member of an enum that is a string, whose repr is no literal.
    arguments = [repr(str.__str__(label)) for label in enum.enums]
    arguments += [f"name={enum.name!r}"]
    arguments += [f"schema={enum.schema!r}"] if enum.schema else []
    return f"postgresql.ENUM({', '.join(arguments)}, create_type=False)"
