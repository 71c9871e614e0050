"""Hashing of passwords, a few at a time."""

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from app.concurrency import BoundedQueue
from app.config.auth import auth_settings

# So long may somebody have to wait who logs in while others try passwords.
SECONDS_TO_WAIT_FOR_HASHING = 10
LONGEST_QUEUE_FOR_HASHING = 500

_password_hash = PasswordHash.recommended()
hashing = BoundedQueue(  # each hash takes 64 MiB
    places=auth_settings.password_hashes_at_once,
    longest_queue=LONGEST_QUEUE_FOR_HASHING,
    seconds=SECONDS_TO_WAIT_FOR_HASHING,
)
# Only one sign-up at a time queues for hashing, so that many of them delay a login by one hash.
sign_ups = BoundedQueue(
    places=1, longest_queue=LONGEST_QUEUE_FOR_HASHING, seconds=SECONDS_TO_WAIT_FOR_HASHING
)


def hash_password(password: str) -> str:
    """Return the Argon2id hash of the password, with a salt of its own."""
    return _password_hash.hash(password)


def verify_and_update_password(
    password: str, hashed_password: str | None
) -> tuple[bool, str | None]:
    """Return whether the password matches, and a new hash if the old one has other parameters.

    Without a hash (there is no such account), or with one that no password matches, the answer
    is False after as much work as a wrong password takes: the response time must not tell which
    accounts exist.
    """
    try:
        if hashed_password is not None:
            return _password_hash.verify_and_update(password, hashed_password)
    except UnknownHashError:
        pass
    hash_password(password)
    return False, None


async def hash_in_turn(password: str) -> str:
    """Return what `hash_password` returns, from a thread, when it is this password's turn.

    Raises HTTPException 503 if too many others wait, as `verify_in_turn` does.
    """
    return await hashing.run(hash_password, password)


async def hash_of_sign_up(password: str) -> str:
    """Return what `hash_in_turn` returns, but after every login and change of a password."""
    async with sign_ups.place():
        return await hash_in_turn(password)


async def verify_in_turn(password: str, hashed_password: str | None) -> tuple[bool, str | None]:
    """Return what `verify_and_update_password` does, from a thread, when it is its turn."""
    return await hashing.run(verify_and_update_password, password, hashed_password)
