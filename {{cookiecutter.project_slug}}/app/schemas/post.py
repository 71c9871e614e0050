"""Posts."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from app.schemas.base import RequestBody, Text

Title = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Content = Annotated[Text, Field(min_length=1, max_length=100_000)]

# The default of a field that keeps its value when a request leaves it out. With None as its
# default, the API's description would allow null, which no column here takes.
UNCHANGED: Any = Field(default_factory=lambda: None)


class PostCreate(RequestBody):
    """A new post; one that is not published is a draft that only its owner sees."""

    title: Title
    content: Content
    published: StrictBool = True


class PostUpdate(RequestBody):
    """Changes to a post; a field that is left out keeps its value."""

    title: Title = UNCHANGED
    content: Content = UNCHANGED
    published: StrictBool = UNCHANGED


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
