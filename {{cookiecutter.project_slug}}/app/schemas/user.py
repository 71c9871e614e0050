"""Users."""

import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, Secret

from app.schemas.base import RequestBody, Text

# What NIST SP 800-63B asks of a password that is all one logs in with: 15 characters, any of them.
MIN_PASSWORD_LENGTH = 15
MAX_PASSWORD_LENGTH = 128
# Composed, as it is stored, a password may have a quarter of the characters that a keyboard sends.
MAX_SENT_LENGTH = 4 * MAX_PASSWORD_LENGTH

# The mailbox is case-insensitive at every provider of note: one spelling, one account.
Email = Annotated[EmailStr, AfterValidator(str.lower), Field(max_length=320)]


def normalize_password(password: str) -> str:
    """Return the password in NFKC: keyboards differ in how they send the same characters."""
    return unicodedata.normalize("NFKC", password)


Password = Annotated[
    Text,
    Field(max_length=MAX_SENT_LENGTH),
    AfterValidator(normalize_password),
    Field(max_length=MAX_PASSWORD_LENGTH),
]
NewPassword = Annotated[Password, Field(min_length=MIN_PASSWORD_LENGTH)]


class UserCreate(RequestBody):
    """A new account."""

    email: Email
    password: Secret[NewPassword]


class PasswordUpdate(RequestBody):
    """A new password, and the one that it replaces."""

    current_password: Secret[Password]
    new_password: Secret[NewPassword]


class UserPublic(BaseModel):
    """A user, as the API tells of one."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    created_at: datetime
