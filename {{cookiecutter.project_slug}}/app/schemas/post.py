"""Posts."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, field_validator

from app.schemas.base import RequestBody, Text

Title = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Content = Annotated[Text, Field(min_length=1, max_length=100_000)]


class PostCreate(RequestBody):
    """A new post; one that is not published is a draft that only its owner sees."""

    title: Title
    content: Content
    published: StrictBool = True


class PostUpdate(RequestBody):
    """Changes to a post; a field that is left out keeps its value."""

    title: Title | None = None
    content: Content | None = None
    published: StrictBool | None = None

    # Defaults are not validated, so None arrives here only when the client sent null.
    @field_validator("*", mode="before")
    @classmethod
    def _refuse_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null; leave the field out to keep its value")
        return value


class PostPublic(BaseModel):
    """A post and the number of its votes."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    content: str
    published: bool
    owner_id: int
    created_at: datetime
    updated_at: datetime
    votes: int
