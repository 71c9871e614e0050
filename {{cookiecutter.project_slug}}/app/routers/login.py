"""Access tokens."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, status

from app.auth.login import authenticate
from app.auth.login_limits import Login
from app.auth.tokens import create_access_token
from app.dependencies.client import ClientAddress
from app.schemas.token import TokenPublic, TokenRequest

router = APIRouter(tags=["login"])


@router.post("/token")
async def create_token(
    form: Annotated[TokenRequest, Form()], address: ClientAddress
) -> TokenPublic:
    """Exchange an e-mail address (as `username`) and a password for an access token."""
    login = Login(form.username, address)
    account = await authenticate(login, form.password.get_secret_value())
    if account is None:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            "The e-mail address or the password is wrong.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return TokenPublic(access_token=create_access_token(account.id, account.token_version))
