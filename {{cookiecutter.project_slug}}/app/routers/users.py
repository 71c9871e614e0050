"""Accounts."""

from fastapi import APIRouter, HTTPException, status
from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.auth.login import Account, authenticate
from app.auth.login_limits import Login
from app.auth.passwords import hash_in_turn, hash_of_sign_up
from app.database import SessionDep, SessionRoute, run_in_session
from app.dependencies.client import ClientAddress
from app.dependencies.users import CurrentUser, DetachedUser
from app.models.user import User
from app.schemas.user import PasswordUpdate, UserCreate, UserPublic

router = APIRouter(prefix="/users", tags=["users"], route_class=SessionRoute)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_user(account: UserCreate) -> UserPublic:
    """Create an account."""
    # Also if the address is taken: the time does not tell it.
    hashed_password = await hash_of_sign_up(account.password.get_secret_value())
    return await run_in_session(_insert_user, account.email, hashed_password)


def _insert_user(session: Session, email: str, hashed_password: str) -> UserPublic:
    # No look before the insert: two requests could both find the address free.
    new = insert(User).values(email=email, hashed_password=hashed_password)
    user = session.scalars(new.on_conflict_do_nothing().returning(User)).one_or_none()
    if user is None:
        raise HTTPException(
            status.HTTP_409_CONFLICT, "There is already an account with this e-mail address."
        )
    created = UserPublic.model_validate(user)
    session.commit()
    return created


@router.get("/me")
def get_me(user: CurrentUser) -> UserPublic:
    """Tell who is logged in."""
    return UserPublic.model_validate(user)


@router.put("/me/password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    passwords: PasswordUpdate, user: DetachedUser, address: ClientAddress
) -> None:
    """Change the password. All access tokens become invalid, so log in again."""
    current, new = passwords.current_password, passwords.new_password
    account = await authenticate(Login(user.email, address), current.get_secret_value())
    if account is None:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "The current password is wrong.")
    hashed_password = await hash_in_turn(new.get_secret_value())
    if not await run_in_session(_store_password, account, hashed_password):
        raise HTTPException(
            status.HTTP_409_CONFLICT, "The account was changed at the same time; log in again."
        )


def _store_password(session: Session, account: Account, hashed_password: str) -> bool:
    unchanged = update(User).where(
        User.id == account.id, User.token_version == account.token_version
    )
    stored = session.execute(
        unchanged.values(
            hashed_password=hashed_password, token_version=User.token_version + 1
        ).returning(User.id)
    ).one_or_none()
    session.commit()
    return stored is not None


@router.delete("/me", status_code=status.HTTP_204_NO_CONTENT)
def deactivate_me(user: CurrentUser, session: SessionDep) -> None:
    """Close the account: nobody can log in to it any more. What it has written stays."""
    session.execute(
        update(User)
        .where(User.id == user.id)
        .values(deactivated_at=func.now(), token_version=User.token_version + 1)
    )
    session.commit()
