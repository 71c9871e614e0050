"""Accounts."""

from fastapi import APIRouter, HTTPException, status
from psycopg2.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from app.database import SessionDep
from app.dependencies.users import CurrentUser
from app.models.user import User
from app.schemas.user import UserCreate, UserPublic
from app.security import hash_password

router = APIRouter(prefix="/users", tags=["users"])


@router.post("", status_code=status.HTTP_201_CREATED)
def create_user(account: UserCreate, session: SessionDep) -> UserPublic:
    """Create an account."""
    user = User(
        email=account.email,
        hashed_password=hash_password(account.password.get_secret_value()),
    )
    session.add(user)
    # No look before the insert: two requests could both find the address free.
    try:
        session.flush()
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise HTTPException(
            status.HTTP_409_CONFLICT, "There is already an account with this e-mail address."
        ) from error
    created = UserPublic.model_validate(user)
    session.commit()
    return created


@router.get("/me")
def get_me(user: CurrentUser) -> UserPublic:
    """Tell who is logged in."""
    return UserPublic.model_validate(user)
