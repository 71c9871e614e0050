"""Logging in, in the words of OAuth 2 (RFC 6749)."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, Secret

from app.schemas.user import Email, Password

ErrorCode = Literal[
    "invalid_request",
    "invalid_grant",
    "invalid_scope",
    "unsupported_grant_type",
    "temporarily_unavailable",
]


class TokenRequest(BaseModel):
    """The form of OAuth 2's password flow; its fields that nothing here reads are ignored."""

    grant_type: Literal["password"] = "password"
    username: Annotated[Email, Field(description="The e-mail address of the account.")]
    password: Secret[Password]
    scope: Annotated[str, Field(max_length=0, description="There are no scopes.")] = ""


class TokenPublic(BaseModel):
    """An access token, to be sent as `Authorization: Bearer <access_token>`."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"])
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(description="The token's lifetime in seconds.", examples=[1800])
