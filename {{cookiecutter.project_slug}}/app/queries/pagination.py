"""Pages of a list, each of which begins after the last row of the one before.

OFFSET counts rows, so a page would repeat or skip some when others are added or deleted meanwhile,
and PostgreSQL would read all the rows before it.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import GenericAlias
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import ColumnElement, Row, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.config.auth import auth_settings

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=100, description="At most so many items.", examples=[20])]
# The longest position is that of a text column, and an index takes no value over 2,700 bytes.
Cursor = Annotated[
    str | None, Query(max_length=4000, description="What `next` of the page before was.")
]


class Page(BaseModel, Generic[Item]):
    """A part of a list, and the cursor of the part that follows, or null if nothing does."""

    items: list[Item]
    next: str | None = Field(description="The `cursor` of the next page, or null on the last one.")

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Return `PostPublicPage`, which is what clients call it."""
        return f"{params[0].__name__}Page"


@dataclass(frozen=True)
class Order:
    """Columns without NULL, the last of them unique, in one direction, so that an index has it."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descending: bool = False

    def sort(self, query: Select[Any]) -> Select[Any]:
        """Return the query in this order."""
        return query.order_by(
            *(column.desc() if self.descending else column.asc() for column in self.columns)
        )

    def after(self, position: str) -> ColumnElement[bool]:
        """Return the condition for rows after this position; raise ValueError if it is none."""
        row = tuple_(*self.columns)
        values = self._values.validate_json(position)
        return row < values if self.descending else row > values

    def position(self, row: Row[Any]) -> str:
        """Return where the row is, as text; the query has selected the columns of the order."""
        values = tuple(getattr(row, column.key) for column in self.columns)
        return self._values.dump_json(values).decode()

    @cached_property
    def _values(self) -> TypeAdapter[tuple[Any, ...]]:
        types = tuple(column.type.python_type for column in self.columns)
        values: Any = GenericAlias(tuple, types)  # tuple[datetime, int], say
        return TypeAdapter(values)


def read_page(
    session: Session,
    query: Select[Any],
    order: Order,
    *,
    limit: int,
    cursor: str | None,
    scope: Sequence[str | None],
) -> tuple[Sequence[Row[Any]], str | None]:
    """Return the page's rows, and the cursor of the next page if there is one.

    A cursor is good for its `scope` only: the name of the list, and all that says which rows are in
    it and in what order. Raises RequestValidationError, a 422, for any other cursor.
    """
    if cursor is not None:
        try:
            query = query.where(order.after(_read_cursor(cursor, scope)))
        except ValueError:
            raise _unknown_cursor() from None
    # One more than asked for tells whether there is a next page.
    rows = session.execute(order.sort(query).limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _write_cursor(order.position(rows[limit - 1]), scope)


def _write_cursor(position: str, scope: Sequence[str | None]) -> str:
    text = urlsafe_b64encode(position.encode()).decode().rstrip("=")
    return f"{text}.{_sign(text, scope)}"


def _read_cursor(cursor: str, scope: Sequence[str | None]) -> str:
    """Return the position in the cursor; raise ValueError if it was not written for the scope."""
    text, _, signature = cursor.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _sign(text, scope).encode()):
        raise ValueError("not a cursor of this list")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def _sign(text: str, scope: Sequence[str | None]) -> str:
    # A key of its own, so that nothing signed here can pass for an access token, or the reverse.
    secret = auth_settings.secret_key.get_secret_value().encode()
    key = hmac.digest(secret, b"cursor of a list", "sha256")
    digest = hmac.digest(key, json.dumps([*scope, text]).encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _unknown_cursor() -> RequestValidationError:
    problem = {
        "type": "cursor",
        "loc": ("query", "cursor"),
        "msg": (
            "The cursor was changed or belongs to another list, search or sort; "
            "leave it out to start at the first page."
        ),
    }
    return RequestValidationError([problem])
