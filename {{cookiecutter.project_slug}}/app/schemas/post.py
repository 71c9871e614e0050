"""Posts."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from app.schemas.base import RequestBody, Text

Title = Annotated[
    Text,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Field(examples=["Notes on the Analytical Engine"]),
]
Content = Annotated[
    Text, Field(min_length=1, max_length=100_000, examples=["It weaves algebraic patterns."])
]
Published = Annotated[
    StrictBool, Field(description="Whether others see it; if not, it is a draft.", examples=[True])
]

# The default of a field that keeps its value when a request leaves it out. With None as its
# default, the API's description would allow null, which no column here takes.
UNCHANGED: Any = Field(default_factory=lambda: None)


class PostCreate(RequestBody):
    """A new post; one that is not published is a draft that only its owner sees."""

    title: Title
    content: Content
    published: Published = True


class PostUpdate(RequestBody):
    """Changes to a post; a field that is left out keeps its value."""

    title: Title = UNCHANGED
    content: Content = UNCHANGED
    published: Published = UNCHANGED


class PostPublic(BaseModel):
    """A post and the number of its votes."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[1])
    title: str = Field(examples=["Notes on the Analytical Engine"])
    content: str = Field(examples=["It weaves algebraic patterns."])
    published: bool = Field(examples=[True])
    owner_id: int = Field(description="The `id` of the user who wrote it.", examples=[7])
    created_at: datetime = Field(examples=["2026-01-05T09:00:00Z"])
    updated_at: datetime = Field(examples=["2026-01-05T09:30:00Z"])
    votes: int = Field(examples=[3])
