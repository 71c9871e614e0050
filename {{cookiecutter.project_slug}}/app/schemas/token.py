"""Logging in."""

from typing import Literal

from pydantic import BaseModel, Secret

from app.schemas.base import Text
from app.schemas.user import Email


class TokenRequest(BaseModel):
    """The form of OAuth2's password flow; its fields that nothing here reads are ignored."""

    grant_type: Literal["password"] = "password"
    username: Email
    password: Secret[Text]


class TokenPublic(BaseModel):
    """An access token, to be sent as `Authorization: Bearer <access_token>`."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
