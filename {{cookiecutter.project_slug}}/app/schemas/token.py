"""Logging in."""

from typing import Literal

from pydantic import BaseModel, Secret

from app.schemas.user import Email, Password


class TokenRequest(BaseModel):
    """The form of OAuth2's password flow; its fields that nothing here reads are ignored."""

    grant_type: Literal["password"] = "password"
    username: Email
    password: Secret[Password]


class TokenPublic(BaseModel):
    """An access token, to be sent as `Authorization: Bearer <access_token>`."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
