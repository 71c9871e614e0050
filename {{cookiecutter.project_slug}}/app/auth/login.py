"""Telling by a password who somebody is, without a connection while the password is hashed."""

from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.auth.login_limits import Login, count_attempt, forgive_attempt
from app.auth.passwords import verify_in_turn
from app.database import run_in_session
from app.models.user import User


class Account(NamedTuple):
    """A user, as far as logging in needs to know."""

    id: int
    hashed_password: str
    token_version: int


async def authenticate(login: Login, password: str) -> Account | None:
    """Return the account if the password is right, and None if it is not or there is no such one.

    Raises HTTPException 429 after too many attempts. A hash with old parameters is replaced.
    """
    account, counted = await run_in_session(_begin, login)
    hashed_password = None if account is None else account.hashed_password
    matches, new_hash = await verify_in_turn(password, hashed_password)
    if account is None or not matches:
        return None
    await run_in_session(_finish, login, counted, account, new_hash)
    return account


def _begin(session: Session, login: Login) -> tuple[Account | None, list[str]]:
    counted = count_attempt(session, login)
    columns = select(User.id, User.hashed_password, User.token_version)
    row = session.execute(
        columns.where(
            func.lower(User.email) == func.lower(login.email), User.deactivated_at.is_(None)
        )
    ).one_or_none()
    session.commit()
    return None if row is None else Account(*row), counted


def _finish(
    session: Session, login: Login, counted: list[str], account: Account, new_hash: str | None
) -> None:
    forgive_attempt(session, login, counted)
    if new_hash is not None:
        # Not over a password that was changed in the meantime.
        unchanged = update(User).where(
            User.id == account.id, User.hashed_password == account.hashed_password
        )
        session.execute(unchanged.values(hashed_password=new_hash))
    session.commit()
