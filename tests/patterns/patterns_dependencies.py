"""Dependencies, as FastAPI's tutorial writes them."""

import functools
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Generic, TypeVar

from app.models.user import User
from fastapi import BackgroundTasks, Depends, HTTPException, Request, Response, Security
from fastapi.security import HTTPBearer, SecurityScopes
from sqlalchemy.orm import Session
from variants import (
    HEADERS,
    ONE,
    APIRouter,
    CurrentUser,
    SessionDep,
    ask,
    ask_app,
    get_session,
    new_app,
    pattern,
)

Item = TypeVar("Item")


@pattern
def depends_on_get_session_as_a_default() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: Session = Depends(get_session)) -> int:
        return session.execute(ONE).scalar()

    return ask(r)


@pattern
def a_route_on_the_application() -> str:
    app = new_app()

    @app.get("/x")
    def x(session: SessionDep) -> int:
        return session.execute(ONE).scalar()

    return ask_app(app)


@pattern
def depends_on_get_session_beside_the_current_user() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(user: CurrentUser, session: Annotated[Session, Depends(get_session)]) -> bool:
        return user in session

    return ask(r)


@pattern
def the_current_user_after_depends_on_get_session() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: Annotated[Session, Depends(get_session)], user: CurrentUser) -> bool:
        return user in session

    return ask(r)


@pattern
def two_names_for_the_session() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(a: SessionDep, b: SessionDep) -> bool:
        return a is b

    return ask(r)


@pattern
def a_second_session_without_the_cache() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(a: SessionDep, b: Annotated[Session, Depends(get_session, use_cache=False)]) -> bool:
        return a is b

    return ask(r)


@pattern
def the_session_in_both_scopes() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(
        user: CurrentUser, session: Annotated[Session, Depends(get_session, scope="request")]
    ) -> bool:
        return user in session

    return ask(r)


@pattern
def an_async_dependency_on_the_current_user() -> str:
    async def get_active(user: CurrentUser) -> User:
        if user.deactivated_at:
            raise HTTPException(400, "Inactive user")
        return user

    r = APIRouter()

    @r.get("/x")
    def x(user: Annotated[User, Depends(get_active)]) -> bool:
        return user.id > 0

    return ask(r)


@pattern
def an_async_dependency_on_the_session() -> str:
    async def count(session: SessionDep) -> int:
        return session.execute(ONE).scalar()

    r = APIRouter()

    @r.get("/x")
    def x(n: Annotated[int, Depends(count)]) -> int:
        return n

    return ask(r)


@pattern
def a_class_as_a_dependency() -> str:
    class Repository:
        def __init__(self, session: SessionDep, limit: int = 5) -> None:
            self.session, self.limit = session, limit

    r = APIRouter()

    @r.get("/x")
    def x(repository: Annotated[Repository, Depends()]) -> list[int]:
        return [repository.session.execute(ONE).scalar(), repository.limit]

    return ask(r, "/x?limit=7")


@pattern
def an_instance_as_a_dependency() -> str:
    class Counter:
        def __call__(self, session: SessionDep) -> int:
            return session.execute(ONE).scalar()

    r = APIRouter()

    @r.get("/x")
    def x(n: Annotated[int, Depends(Counter())]) -> int:
        return n

    return ask(r)


@pattern
def a_generic_class_as_a_dependency() -> str:
    class Repository(Generic[Item]):
        def __init__(self, session: SessionDep) -> None:
            self.session = session

    r = APIRouter()

    @r.get("/x")
    def x(repository: Annotated[Repository[User], Depends(Repository[User])]) -> int:
        return repository.session.execute(ONE).scalar()

    return ask(r)


@pattern
def a_partial_as_a_dependency() -> str:
    def add(session: SessionDep, number: int) -> int:
        return session.execute(ONE).scalar() + number

    r = APIRouter()

    @r.get("/x")
    def x(n: Annotated[int, Depends(functools.partial(add, number=2))]) -> int:
        return n

    return ask(r)


@pattern
def security_scopes() -> str:
    def scoped(scopes: SecurityScopes, session: SessionDep) -> list[str]:
        return scopes.scopes

    r = APIRouter()

    @r.get("/x")
    def x(
        a: Annotated[list[str], Security(scoped, scopes=["items"])],
        b: Annotated[list[str], Security(scoped, scopes=["posts"])],
    ) -> list[Any]:
        return [a, b]

    return ask(r)


@pattern
def a_role_from_a_factory() -> str:
    def require(role: str) -> Any:
        def check(user: CurrentUser) -> None:
            if role == "no":
                raise HTTPException(403)

        return check

    r = APIRouter()

    @r.get("/x", dependencies=[Depends(require("no"))])
    def x() -> int:
        return 1

    return ask(r)


@pattern
def no_token() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(user: CurrentUser) -> int:
        return 1

    return ask(r, headers={})[:3]


@pattern
def no_token_and_an_invalid_parameter() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(user: CurrentUser, n: int) -> int:
        return 1

    return ask(r, "/x?n=no", headers={})[:3]


@pattern
def called_again_without_the_cache() -> str:
    calls = []

    def count(session: SessionDep) -> int:
        calls.append(1)
        return len(calls)

    again = Annotated[int, Depends(count, use_cache=False)]
    r = APIRouter()

    @r.get("/x")
    def x(a: again, b: again) -> list[int]:
        return [a, b]

    return ask(r)


@pattern
def called_once_with_the_cache() -> str:
    calls = []

    def count(session: SessionDep) -> int:
        calls.append(1)
        return len(calls)

    def other(n: Annotated[int, Depends(count)]) -> int:
        return n

    r = APIRouter()

    @r.get("/x")
    def x(a: Annotated[int, Depends(count)], b: Annotated[int, Depends(other)]) -> list[int]:
        return [a, b]

    return ask(r)


@pattern
def a_response_header_of_a_dependency() -> str:
    def mark(response: Response, session: SessionDep) -> None:
        response.headers["x-mark"] = "1"
        response.status_code = 202

    r = APIRouter()

    @r.get("/x", dependencies=[Depends(mark)])
    def x(session: SessionDep) -> int:
        return 1

    return ask(r)


@pattern
def a_background_task_of_a_dependency() -> str:
    done: list[int] = []

    def later(tasks: BackgroundTasks, session: SessionDep) -> None:
        tasks.add_task(done.append, 1)

    r = APIRouter()

    @r.get("/x", dependencies=[Depends(later)])
    def x(tasks: BackgroundTasks) -> int:
        tasks.add_task(done.append, 2)
        return 1

    return f"{ask(r)} {done}"


@pattern
def a_body_that_an_async_dependency_reads() -> str:
    async def read(request: Request) -> str:
        return (await request.body()).decode()

    r = APIRouter()

    @r.post("/x")
    def x(body: Annotated[str, Depends(read)], session: SessionDep) -> str:
        return body

    return ask(r, method="post", content=b"raw", headers=HEADERS)


@pattern
def an_async_generator_on_another_resource() -> str:
    log: list[str] = []

    async def resource() -> AsyncIterator[int]:
        yield 1
        log.append("closed")

    r = APIRouter()

    @r.get("/x")
    def x(n: Annotated[int, Depends(resource)], session: SessionDep) -> int:
        return n

    return f"{ask(r)} {log}"


@pattern
def the_order_in_which_dependencies_end() -> str:
    log: list[str] = []

    def a() -> Iterator[int]:
        yield 1
        log.append("a")

    async def b() -> AsyncIterator[int]:
        yield 1
        log.append("b")

    def c() -> Iterator[int]:
        yield 1
        log.append("c")

    r = APIRouter()

    @r.get("/x")
    def x(
        p: Annotated[int, Depends(a)], q: Annotated[int, Depends(b)], s: Annotated[int, Depends(c)]
    ) -> int:
        return 1

    return f"{ask(r)} {log}"


@pattern
def the_documentation_of_dependencies() -> str:
    class Pager:
        def __init__(self, limit: int = 5, session: Session = Depends(get_session)) -> None:
            pass

    r = APIRouter(dependencies=[Depends(HTTPBearer())])

    @r.get("/x")
    def x(p: Annotated[Pager, Depends()], user: CurrentUser) -> int:
        """Documented."""
        return 1

    app = new_app()
    app.include_router(r)
    operation = app.openapi()["paths"]["/x"]["get"]
    names = [parameter["name"] for parameter in operation["parameters"]]
    return f"{names} {operation['security']} {operation['operationId']} {operation['description']}"
