from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial, wraps
from threading import current_thread
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import BackgroundTasks, Depends, Header, HTTPException, Request, Response, Security
from fastapi.security import SecurityScopes
from fastapi.testclient import TestClient
from typing_extensions import TypeAliasType

from app.application import EXCEPTION_HANDLERS, Application
from app.database import SessionDep, database_threads
from app.routing import SessionRoute

if TYPE_CHECKING:
    from decimal import Decimal


def ask(endpoint: Callable[..., Any], **overrides: Callable[..., Any]) -> Any:
    """Return what a client gets from this endpoint, as JSON, or the status code of an error."""
    app = Application(exception_handlers=EXCEPTION_HANDLERS)
    app.router.route_class = SessionRoute
    app.get("/")(endpoint)
    for name, override in overrides.items():
        app.dependency_overrides[globals()[name]] = override
    response = TestClient(app).get("/", params={"number": 7})
    return response.json() if response.is_success else response.status_code


def in_our_thread() -> bool:
    return database_threads.own_current_thread()


def is_admin(admin: Annotated[str | None, Header()] = None) -> bool:
    return admin is not None


async def require_admin(ok: Annotated[bool, Depends(is_admin)]) -> None:
    if not ok:
        raise HTTPException(403)


class Pages:
    def __init__(self, number: int) -> None:
        self.number = number
        self.is_ours = in_our_thread()


class Resource:
    """Its instances are dependencies that yield."""

    def __call__(self, number: int) -> Iterator[list[int]]:
        opened = [number]
        yield opened
        opened.clear()


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        return function(*arguments, **options)

    return call


async def a_coroutine() -> str:
    return "awaited"


def a_generator() -> Iterator[str]:
    yield "yielded"


def scoped(scopes: SecurityScopes) -> list[str]:
    return scopes.scopes


def note_in_response(request: Request, response: Response, tasks: BackgroundTasks) -> None:
    response.headers["X-Path"] = request.url.path
    tasks.add_task(done.append, "task")


def of_a_type_for_checkers(number: int, session: SessionDep, price: Decimal | None = None) -> str:
    return f"{number} {session.is_active} {price}"


def with_session(session: SessionDep) -> bool:
    return session.is_active


def catch_all() -> Iterator[None]:
    with suppress(ValueError):
        yield


done: list[str] = []


def test_an_async_dependency_gets_the_value_of_one_that_is_also_deferred() -> None:
    def endpoint(
        ok: Annotated[bool, Depends(is_admin)], _: Annotated[None, Depends(require_admin)]
    ) -> bool:
        raise NotImplementedError

    assert ask(endpoint) == 403


@pytest.mark.parametrize("marker", [Depends(), Depends(Pages), Depends(partial(Pages))])
def test_a_class_or_a_partial_is_called_in_the_thread(marker: Any) -> None:
    def endpoint(pages: Any = marker) -> list[int | bool]:
        return [pages.number, pages.is_ours]

    endpoint.__annotations__["pages"] = Pages

    assert ask(endpoint) == [7, True]


def test_an_object_whose_call_yields_is_ended_after_the_endpoint() -> None:
    seen = []

    def endpoint(resource: Annotated[list[int], Depends(Resource())]) -> list[int]:
        seen.append(resource)
        return list(resource)

    assert ask(endpoint) == [7]
    assert seen == [[]]


@pytest.mark.parametrize(
    ("marker", "value"),
    [(Depends(wrapped(a_coroutine)), "awaited"), (Depends(wrapped(a_generator)), "yielded")],
)
def test_a_decorated_dependency_is_what_it_was_before(marker: Any, value: str) -> None:
    def endpoint(given: Any = marker) -> str:
        return str(given)

    assert ask(endpoint) == value


def test_scopes_the_request_the_response_and_tasks_are_passed() -> None:
    def endpoint(
        scopes: Annotated[list[str], Security(scoped, scopes=["posts:write"])],
        _: Annotated[None, Depends(note_in_response)],
    ) -> list[str]:
        return scopes

    done.clear()

    assert ask(endpoint) == ["posts:write"]
    assert done == ["task"]


def test_a_type_for_checkers_only_may_be_named() -> None:
    def endpoint(value: Annotated[str, Depends(of_a_type_for_checkers)]) -> str:
        return value

    assert ask(endpoint) == "7 True None"


def test_fastapi_itself_limits_how_many_calls_run_at_a_time() -> None:
    def endpoint(ours: Annotated[bool, Depends(in_our_thread, max_concurrency=1)]) -> bool:
        return ours

    assert ask(endpoint) is False


def test_an_override_may_take_a_session_too() -> None:
    def endpoint(ok: Annotated[bool, Depends(is_admin)]) -> bool:
        return ok

    assert ask(endpoint, is_admin=with_session) is True


def test_an_async_override_is_called_in_the_event_loop() -> None:
    async def name_of_thread() -> str:
        return current_thread().name

    def endpoint(
        thread: Annotated[str, Depends(a_generator)], ours: Annotated[bool, Depends(in_our_thread)]
    ) -> list[str | bool]:
        return [current_thread().name != thread, ours]

    assert ask(endpoint, a_generator=name_of_thread) == [True, True]


def test_an_async_dependency_can_be_overridden() -> None:
    def endpoint(word: Annotated[str, Depends(a_coroutine)]) -> str:
        return word

    assert ask(endpoint, a_coroutine=lambda: "instead") == "instead"


def test_overrides_can_be_taken_back_all_at_once() -> None:
    app = Application()
    app.router.route_class = SessionRoute

    @app.get("/")
    def endpoint(ok: Annotated[bool, Depends(is_admin)]) -> bool:
        return ok

    for overrides, answer in (({is_admin: lambda: True}, True), ({}, False)):
        app.dependency_overrides = overrides
        assert TestClient(app).get("/").json() is answer


def test_an_exception_that_a_dependency_catches_is_no_success() -> None:
    def endpoint(_: Annotated[None, Depends(catch_all)]) -> None:
        raise ValueError

    with pytest.raises(RuntimeError, match="raise it again"):
        ask(endpoint)


def test_an_alias_of_a_dependency_is_deferred() -> None:
    def endpoint(ours: Any) -> bool:
        return bool(ours)

    alias = TypeAliasType("alias", Annotated[bool, Depends(in_our_thread)])
    endpoint.__annotations__["ours"] = alias

    assert ask(endpoint) is True
