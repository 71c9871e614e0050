"""Limits on attempts to log in.

They are counted in the database, so that they hold across workers and replicas, for each of:
one account from one client address, one account from anywhere, one address to any account. An
address that has logged in to an account keeps only the first limit there. So somebody who tries
passwords from many addresses cannot lock the owner out.
"""

import hmac
import json
import math
from datetime import timedelta
from typing import NamedTuple

from fastapi import HTTPException, status
from sqlalchemy import case, delete, exists, extract, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.config.auth import auth_settings
from app.models.login_attempt import LoginAttempt

KNOWN_FOR = timedelta(days=30)
REMOVED_AT_A_TIME = 100


class Login(NamedTuple):
    """An attempt to log in: a name and an address; there need not be such an account."""

    email: str
    address: str

    @property
    def known(self) -> str:
        """The key of the row that says that this address has logged in to this account."""
        return _key("known", *self)

    @property
    def limits(self) -> dict[str, int]:
        """The number of attempts by the key of each counter; the first is that of both."""
        return {
            _key("both", *self): auth_settings.login_attempts,
            _key("account", self.email): auth_settings.login_attempts_per_account,
            _key("address", self.address): auth_settings.login_attempts_per_address,
        }


def _key(*parts: str) -> str:
    # The table is not to tell who tried to log in from where.
    secret = auth_settings.secret_key.get_secret_value()
    return hmac.digest(secret.encode(), json.dumps(parts).encode(), "sha256").hex()


def count_attempt(session: Session, login: Login) -> list[str]:
    """Count an attempt before its password is looked at, and return the keys of its counters.

    Raises HTTPException 429 when it is one too many; such an attempt is not counted, so the wait
    does not grow. It is the same for accounts that do not exist. The caller commits.
    """
    limits = login.limits
    row = exists().where(LoginAttempt.key == login.known, LoginAttempt.expires_at > func.now())
    keys = list(limits)[:1] if session.scalar(select(row)) else list(limits)
    waits = [seconds for key, attempts, seconds in _count(session, keys) if attempts > limits[key]]
    if waits:
        session.rollback()
        raise HTTPException(
            status.HTTP_429_TOO_MANY_REQUESTS,
            "There were too many attempts to log in; try again later.",
            headers={"Retry-After": str(max(1, math.ceil(max(waits))))},
        )
    _remove_expired(session)
    return keys


def _count(session: Session, keys: list[str]) -> list[tuple[str, int, float]]:
    """Add one to each counter; return its key, its value and the seconds until it starts anew."""
    expires_at = func.now() + timedelta(minutes=auth_settings.login_window_minutes)
    # In order, so that two requests cannot wait for each other's rows.
    rows = [{"key": key, "attempts": 1, "expires_at": expires_at} for key in sorted(keys)]
    expired = LoginAttempt.expires_at <= func.now()
    counting = insert(LoginAttempt).values(rows)
    counting = counting.on_conflict_do_update(
        index_elements=[LoginAttempt.key],
        set_={
            "attempts": case((expired, 1), else_=LoginAttempt.attempts + 1),
            "expires_at": case(
                (expired, counting.excluded.expires_at), else_=LoginAttempt.expires_at
            ),
        },
    )
    seconds = extract("epoch", LoginAttempt.expires_at - func.now())
    counted = session.execute(counting.returning(LoginAttempt.key, LoginAttempt.attempts, seconds))
    return [(key, attempts, float(wait)) for key, attempts, wait in counted]


def forgive_attempt(session: Session, login: Login, counted: list[str]) -> None:
    """Take back an attempt that succeeded, and remember the address. The caller commits."""
    rows = select(LoginAttempt.key).where(LoginAttempt.key.in_(counted), LoginAttempt.attempts > 0)
    locked = rows.order_by(LoginAttempt.key).with_for_update()
    session.execute(
        update(LoginAttempt)
        .where(LoginAttempt.key.in_(locked))
        .values(attempts=LoginAttempt.attempts - 1)
        .execution_options(synchronize_session=False)
    )
    expires_at = func.now() + KNOWN_FOR
    remembering = insert(LoginAttempt).values(key=login.known, attempts=0, expires_at=expires_at)
    session.execute(
        remembering.on_conflict_do_update(
            index_elements=[LoginAttempt.key], set_={"expires_at": expires_at}
        )
    )


def _remove_expired(session: Session) -> None:
    # Not those that another request has locked, which it may be about to use.
    expired = select(LoginAttempt.key).where(LoginAttempt.expires_at <= func.now())
    some = expired.limit(REMOVED_AT_A_TIME).with_for_update(skip_locked=True)
    session.execute(
        delete(LoginAttempt)
        .where(LoginAttempt.key.in_(some))
        .execution_options(synchronize_session=False)
    )
