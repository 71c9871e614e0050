from functools import cache
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.auth.passwords import hash_password
from app.auth.tokens import create_access_token
from app.models.user import User

PASSWORD = "correct horse battery staple"
numbers = count(1)


@cache
def hashed_password() -> str:
    """Return the hash of PASSWORD, computed once because it is slow on purpose."""
    return hash_password(PASSWORD)


def create_user(session: Session, **fields: Any) -> User:
    """Return a new user with an address of their own and PASSWORD."""
    defaults = {
        "email": f"user{next(numbers)}@example.com",
        "hashed_password": hashed_password(),
    }
    user = User(**defaults | fields)
    session.add(user)
    session.commit()
    return user


def authorization(user: User) -> dict[str, str]:
    """Return the headers of a request that this user makes."""
    return {"Authorization": f"Bearer {create_access_token(user.id, user.token_version)}"}
