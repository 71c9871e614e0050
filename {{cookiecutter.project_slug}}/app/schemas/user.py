"""Users."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    Secret,
    StringConstraints,
)

from app.schemas.base import RequestBody, Text

# What NIST SP 800-63B asks of a password that is all one logs in with: 15 characters, any of them.
MIN_PASSWORD_LENGTH = 15
MAX_PASSWORD_LENGTH = 128
# Composed, as it is stored, a password may have a quarter of the characters that a keyboard sends.
MAX_SENT_LENGTH = 4 * MAX_PASSWORD_LENGTH


def refuse_display_name(address: Any) -> Any:
    """Return the address; raise ValueError for `Ada <ada@example.com>`.

    Pydantic's type for addresses takes that, and drops the name without a word.
    """
    if isinstance(address, str) and "<" in address:
        raise ValueError("write the address alone, without a name and without < and >")
    return address


# The mailbox is case-insensitive at every provider of note: one spelling, one account.
Email = Annotated[
    EmailStr,
    BeforeValidator(refuse_display_name),
    AfterValidator(str.lower),
    Field(max_length=320, examples=["ada@example.com"]),
]


def normalize_password(password: Any) -> Any:
    """Return the password in NFKC: keyboards differ in how they send the same characters.

    What is no text, or too long however it is composed, is left for the type to refuse.
    """
    if isinstance(password, str) and len(password) <= MAX_SENT_LENGTH:
        return unicodedata.normalize("NFKC", password)
    return password


Password = Annotated[
    Text,
    StringConstraints(max_length=MAX_PASSWORD_LENGTH),
    BeforeValidator(normalize_password),
    Field(examples=["correct horse battery staple"]),
]
NewPassword = Annotated[
    Text,
    StringConstraints(min_length=MIN_PASSWORD_LENGTH, max_length=MAX_PASSWORD_LENGTH),
    BeforeValidator(normalize_password),
    Field(examples=["correct horse battery staple"]),
]


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

    id: int = Field(examples=[7])
    email: str = Field(examples=["ada@example.com"])
    created_at: datetime = Field(examples=["2026-01-05T09:00:00Z"])
