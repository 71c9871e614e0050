import asyncio
import os
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Semaphore
from typing import Any, cast

import httpx2 as httpx
import pytest
from fastapi.concurrency import run_in_threadpool
from fastapi.testclient import TestClient
from httpx2 import Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import URL, create_engine, func, select, update
from sqlalchemy.orm import Session
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.auth import login_limits, passwords
from app.concurrency import BoundedQueue
from app.config import settings
from app.config.auth import auth_settings
from app.database import SessionFactory, engine
from app.main import app
from app.models.login_attempt import LoginAttempt
from tests.factories import users
from tests.factories.users import PASSWORD, authorization, create_user

WINDOW = 15 * 60
ATTEMPTS = 2
WIDE_ATTEMPTS = 4
CONNECTIONS = settings.database_pool_size


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1)])
    monkeypatch.setattr(passwords, "_password_hash", quick)
    monkeypatch.setattr(users, "hashed_password", lambda: quick.hash(PASSWORD))


@pytest.fixture(autouse=True)
def _few_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    few = auth_settings.model_copy(
        update={
            "login_window_minutes": WINDOW // 60,
            "login_attempts": ATTEMPTS,
            "login_attempts_per_account": WIDE_ATTEMPTS,
            "login_attempts_per_address": WIDE_ATTEMPTS,
        }
    )
    monkeypatch.setattr(login_limits, "auth_settings", few)


@pytest.fixture
def own_database(migrated_database: URL) -> Iterator[None]:
    """Let the application commit to a database of the test's own, over several connections."""
    own = create_engine(migrated_database, pool_size=CONNECTIONS, max_overflow=0)
    SessionFactory.configure(bind=own)
    yield
    SessionFactory.configure(bind=engine)
    own.dispose()


def log_in(
    email: str = "ada@example.com", password: str = "wrong", address: str = "192.0.2.1"
) -> Response:
    """Log in from this client address."""
    client = TestClient(app, client=(address, 50000))
    return client.post("/token", data={"username": email, "password": password})


def fail(times: int, **options: str) -> None:
    """Fail to log in so many times."""
    for _ in range(times):
        assert log_in(**options).status_code == 400


@pytest.mark.parametrize("exists", [True, False])
def test_refuses_even_the_right_password_after_too_many_attempts(
    session: Session, *, exists: bool
) -> None:
    create_user(session, email="ada@example.com" if exists else "bob@example.com")
    fail(ATTEMPTS)

    response = log_in(email="ADA@example.com", password=PASSWORD)

    assert response.status_code == 429
    assert response.json()["detail"] == "There were too many attempts to log in; try again later."
    assert 0 < int(response.headers["Retry-After"]) <= WINDOW


def test_lets_others_in_meanwhile(session: Session) -> None:
    create_user(session, email="ada@example.com")
    create_user(session, email="bob@example.com")
    fail(ATTEMPTS)

    assert log_in(password=PASSWORD, address="192.0.2.2").status_code == 200
    assert log_in(password=PASSWORD, email="bob@example.com").status_code == 200


def test_lets_in_again_when_the_time_is_over(session: Session) -> None:
    create_user(session, email="ada@example.com")
    fail(ATTEMPTS)
    assert log_in(password=PASSWORD).status_code == 429

    session.execute(update(LoginAttempt).values(expires_at=func.now() - timedelta(seconds=1)))
    session.commit()

    assert log_in(password=PASSWORD).status_code == 200


def test_a_refused_attempt_does_not_make_the_wait_longer(session: Session) -> None:
    rows = select(LoginAttempt.key, LoginAttempt.attempts, LoginAttempt.expires_at)
    fail(ATTEMPTS)
    before = session.execute(rows.order_by(LoginAttempt.key)).all()

    assert log_in().status_code == 429

    assert session.execute(rows.order_by(LoginAttempt.key)).all() == before


def test_does_not_count_attempts_that_succeed(session: Session) -> None:
    create_user(session, email="ada@example.com")

    for _ in range(WIDE_ATTEMPTS + 1):
        assert log_in(password=PASSWORD).status_code == 200


def test_limits_the_accounts_that_one_address_may_try(session: Session) -> None:
    user = create_user(session)
    for number in range(WIDE_ATTEMPTS):
        fail(1, email=f"nobody{number}@example.com")

    assert log_in(email=user.email, password=PASSWORD).status_code == 429


def test_limits_the_addresses_from_which_one_account_is_tried(session: Session) -> None:
    create_user(session, email="ada@example.com")
    for number in range(WIDE_ATTEMPTS):
        fail(1, address=f"192.0.2.{number + 10}")

    assert log_in(password=PASSWORD, address="192.0.2.1").status_code == 429


def test_nobody_can_lock_the_owner_out_who_has_logged_in_before(session: Session) -> None:
    create_user(session, email="ada@example.com")
    assert log_in(password=PASSWORD, address="192.0.2.1").status_code == 200
    for number in range(WIDE_ATTEMPTS):
        fail(1, address=f"192.0.2.{number + 10}")
        fail(1, email=f"nobody{number}@example.com", address="192.0.2.1")

    assert log_in(password=PASSWORD, address="192.0.2.99").status_code == 429
    assert log_in(password=PASSWORD, address="192.0.2.1").status_code == 200


def test_an_address_that_has_logged_in_may_not_try_more_passwords(session: Session) -> None:
    create_user(session, email="ada@example.com")
    assert log_in(password=PASSWORD).status_code == 200

    fail(ATTEMPTS)

    assert log_in(password=PASSWORD).status_code == 429


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", 429),
        ("2001:db8::1", "2001:db8:0:1::1", 400),
        ("::ffff:192.0.2.1", "192.0.2.1", 429),
        ("fe80::1%eth0", "fe80::2", 429),
        ("unix", "unix", 429),
    ],
)
def test_takes_a_network_of_ipv6_for_one_address(first: str, second: str, status: int) -> None:
    fail(ATTEMPTS, address=first)

    assert log_in(address=second).status_code == status


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("named", [None, "", "127.0.0.1"])
def test_believes_what_a_header_says_of_the_address_only_if_a_proxy_is_named(
    monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    if named is not None:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", named)
    served = ProxyHeadersMiddleware(
        cast(Any, app), os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
    )
    form = {"username": "ada@example.com", "password": "wrong"}

    statuses = [
        TestClient(cast(Any, served), client=("127.0.0.1", 50000))
        .post("/token", data=form, headers={"X-Forwarded-For": f"192.0.2.{number}:80"})
        .status_code
        for number in range(ATTEMPTS + 1)
    ]

    assert statuses == [400] * ATTEMPTS + [400 if named else 429]


def test_removes_what_is_over(session: Session) -> None:
    fail(1, email="bob@example.com", address="192.0.2.2")
    session.execute(update(LoginAttempt).values(expires_at=func.now() - timedelta(seconds=1)))
    session.commit()

    fail(1)

    assert session.scalar(select(func.count()).select_from(LoginAttempt)) == 3
    assert session.scalar(select(func.min(LoginAttempt.expires_at) > func.now()))


def test_does_not_store_who_tried_to_log_in_from_where(session: Session) -> None:
    create_user(session, email="ada@example.com")
    log_in(password=PASSWORD)

    for key in session.scalars(select(LoginAttempt.key)):
        assert len(key) == 64
        assert int(key, 16)


def test_limits_attempts_on_the_current_password(client: TestClient, session: Session) -> None:
    headers = authorization(create_user(session))
    change = {"current_password": "wrong", "new_password": "x" * 15}

    statuses = [
        client.put("/users/me/password", json=change, headers=headers).status_code
        for _ in range(ATTEMPTS + 1)
    ]

    assert statuses == [403] * ATTEMPTS + [429]


@pytest.mark.usefixtures("own_database")
def test_attempts_at_the_same_time_are_all_counted() -> None:
    async def attempt_many() -> list[int]:
        form = {"username": "ada@example.com", "password": "wrong"}
        async with open_client() as client:
            sent = [client.post("/token", data=form) for _ in range(20)]
            return [response.status_code for response in await asyncio.gather(*sent)]

    statuses = asyncio.run(attempt_many())

    assert sorted(statuses) == [400] * ATTEMPTS + [429] * (20 - ATTEMPTS)


class Halting(Argon2Hasher):
    """A hasher that tells when it is asked, and answers when it may."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=1024, parallelism=1)
        self.asked = Semaphore(0)
        self.may_answer = Event()

    def hash(self, *arguments: Any, **options: Any) -> str:
        self._halt()
        return super().hash(*arguments, **options)

    def verify(self, *arguments: Any) -> bool:
        self._halt()
        return super().verify(*arguments)

    def _halt(self) -> None:
        self.asked.release()
        self.may_answer.wait(30)


@pytest.mark.usefixtures("own_database")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/token", 400), ("PUT", "/users/me/password", 403), ("POST", "/users", 201)],
)
def test_requests_that_hash_hold_no_connection(
    monkeypatch: pytest.MonkeyPatch, method: str, path: str, status: int
) -> None:
    with SessionFactory() as session:
        headers = [authorization(create_user(session)) for _ in range(CONNECTIONS)]
    hasher = Halting()
    monkeypatch.setattr(login_limits, "auth_settings", auth_settings)
    monkeypatch.setattr(passwords, "_password_hash", PasswordHash([hasher]))
    for queue in ("hashing", "sign_ups"):
        monkeypatch.setattr(passwords, queue, BoundedQueue(CONNECTIONS, 0, seconds=20))

    def body(number: int) -> dict[str, Any]:
        email = f"new{number}@example.com"
        return {
            "/token": {"data": {"username": email, "password": "wrong"}},
            "/users": {"json": {"email": email, "password": PASSWORD}},
            "/users/me/password": {"json": {"current_password": "x", "new_password": PASSWORD}},
        }[path]

    async def read_meanwhile() -> int:
        async with open_client() as client, asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            try:
                hashing = [
                    tasks.create_task(client.request(method, path, headers=each, **body(number)))
                    for number, each in enumerate(headers)
                ]
                for _ in headers:
                    assert await run_in_threadpool(hasher.asked.acquire, timeout=20)
                response = await client.get("/users/me", headers=headers[0])
            finally:
                hasher.may_answer.set()
        assert {task.result().status_code for task in hashing} == {status}
        return response.status_code

    assert asyncio.run(read_meanwhile()) == 200


def open_client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://test")
