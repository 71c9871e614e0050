"""Users."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, Secret

from app.schemas.base import RequestBody, Text

# The mailbox is case-insensitive at every provider of note: one spelling, one account.
Email = Annotated[EmailStr, AfterValidator(str.lower), Field(max_length=320)]


class UserCreate(RequestBody):
    """A new account."""

    email: Email
    password: Secret[Annotated[Text, Field(min_length=8, max_length=128)]]


class UserPublic(BaseModel):
    """What the API tells of a user."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    created_at: datetime
