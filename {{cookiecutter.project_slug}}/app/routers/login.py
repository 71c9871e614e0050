"""Access tokens."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, status
from sqlalchemy import select

from app.database import SessionDep
from app.models.user import User
from app.schemas.token import TokenPublic, TokenRequest
from app.security import create_access_token, verify_password

router = APIRouter(tags=["login"])


@router.post("/token")
def create_token(login: Annotated[TokenRequest, Form()], session: SessionDep) -> TokenPublic:
    """Exchange an e-mail address (as `username`) and a password for an access token."""
    user = session.scalars(select(User).where(User.email == login.username)).one_or_none()
    hashed_password = user.hashed_password if user is not None else None
    if not verify_password(login.password.get_secret_value(), hashed_password) or user is None:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            "The e-mail address or the password is wrong.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return TokenPublic(access_token=create_access_token(user.id))
