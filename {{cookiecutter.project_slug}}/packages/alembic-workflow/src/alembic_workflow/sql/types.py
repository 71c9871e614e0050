"""A type of PostgreSQL by the name that it has there."""

from typing import Any

from sqlalchemy.types import UserDefinedType


class PostgreSQLType(UserDefinedType[Any]):
    """A type that SQLAlchemy does not know, such as a domain or one of an extension."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        """Take the name as SQL has it, such as "vector(3)"."""
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """Return the name, as SQLAlchemy wants it in a statement."""
        return self.name.replace("%", "%%")

    def __repr__(self) -> str:
        """Return its source."""
        return f"PostgreSQLType({self.name!r})"
