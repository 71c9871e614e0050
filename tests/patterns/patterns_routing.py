"""Routers, WebSockets, overrides, middleware: where a session may be asked for."""

import contextvars
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from app.database import run_in_session
from fastapi import Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session
from variants import (
    HEADERS,
    ONE,
    APIRouter,
    CurrentUser,
    SessionDep,
    ask,
    ask_app,
    get_current_user,
    get_session,
    new_app,
    pattern,
)


def one(session: Session) -> int:
    return session.execute(ONE).scalar()


def touch(session: SessionDep) -> None:
    session.execute(ONE)


def reader() -> APIRouter:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> int:
        return one(session)

    return r


@pattern
def a_dependency_of_the_route() -> str:
    r = APIRouter()

    @r.get("/x", dependencies=[Depends(touch)])
    def x() -> int:
        return 1

    return ask(r)


@pattern
def a_dependency_of_the_router() -> str:
    r = APIRouter(dependencies=[Depends(touch)])

    @r.get("/x")
    def x(session: SessionDep) -> int:
        return one(session)

    return ask(r)


@pattern
def a_dependency_of_include_router() -> str:
    return ask(reader(), include={"dependencies": [Depends(touch)]})


@pattern
def a_dependency_of_the_application() -> str:
    return ask(reader(), app=new_app(dependencies=[Depends(touch)]))


@pattern
def nested_routers() -> str:
    outer = APIRouter(prefix="/out", dependencies=[Depends(touch)])
    outer.include_router(reader(), prefix="/in", dependencies=[Depends(get_current_user)])
    return ask(outer, "/out/in/x")


@pattern
def a_router_that_is_included_twice() -> str:
    app, r = new_app(), reader()
    app.include_router(r, prefix="/v1")
    app.include_router(r, prefix="/v2", dependencies=[Depends(touch)])
    return f"{ask_app(app, '/v1/x')} {ask_app(app, '/v2/x')}"


@pattern
def a_mounted_application() -> str:
    sub = FastAPI()
    sub.include_router(reader())
    app = new_app()
    app.mount("/sub", sub)
    return ask_app(app, "/sub/x")


@pattern
def a_route_class_of_ones_own() -> str:
    class Timed(APIRoute):
        def get_route_handler(self) -> Callable[..., Any]:
            handle = super().get_route_handler()

            async def timed(request: Request) -> Any:
                response = await handle(request)
                response.headers["x-timed"] = "yes"
                return response

            return timed

    r = APIRouter(route_class=Timed)

    @r.get("/x")
    def x(session: SessionDep) -> int:
        return one(session)

    return ask(r)


@pattern
def the_endpoint_of_the_route() -> str:
    r = reader()
    app = new_app()
    app.include_router(r)

    @app.get("/y")
    def y(request: Request, session: SessionDep) -> bool:
        return request.scope["endpoint"] is y

    route = next(each for each in r.routes if isinstance(each, APIRoute))
    return f"{route.endpoint.__name__} {ask_app(app, '/y')}"


@pattern
def a_method_as_an_endpoint() -> str:
    class View:
        def x(self, session: SessionDep, n: int = 2) -> int:
            return one(session) + n

    r = APIRouter()
    r.add_api_route("/x", View().x, methods=["GET"])
    return ask(r)


@pattern
def a_partial_as_an_endpoint() -> str:
    def x(session: SessionDep, kind: str = "d") -> str:
        return kind

    r = APIRouter()
    r.add_api_route("/x", functools.partial(x, kind="k"), methods=["GET"])
    return ask(r)


@pattern
def a_decorated_endpoint() -> str:
    def logged(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            return function(*arguments, **options)

        return call

    r = APIRouter()

    @r.get("/x")
    @logged
    def x(session: SessionDep) -> int:
        return one(session)

    return ask(r)


@pattern
def several_methods_of_one_function() -> str:
    r = APIRouter()

    @r.api_route("/x", methods=["GET", "HEAD", "POST"])
    def x(request: Request, session: SessionDep) -> str:
        return request.method

    return f"{ask(r)} {ask(r, method='post')} {ask(r, method='head')}"


@pattern
def a_websocket_with_the_session() -> str:
    app = new_app()

    @app.websocket("/ws")
    async def ws(websocket: WebSocket, session: SessionDep, word: str = "-") -> None:
        await websocket.accept()
        await websocket.send_text(f"{one(session)} {word}")
        await websocket.close()

    with TestClient(app).websocket_connect("/ws?word=hi") as socket:
        return socket.receive_text()


@pattern
def a_websocket_of_a_router_that_runs_in_a_session() -> str:
    r = APIRouter(dependencies=[Depends(touch)])
    quiet = APIRouter()

    @quiet.websocket("/ws")
    async def ws(websocket: WebSocket) -> None:
        await websocket.accept()
        async for word in websocket.iter_text():
            await websocket.send_text(f"{await run_in_session(one)} {word}")

    app = new_app()
    app.include_router(r)
    app.include_router(quiet)
    with TestClient(app).websocket_connect("/ws") as socket:
        socket.send_text("a")
        return socket.receive_text()


@pattern
def a_dependency_that_refuses_a_websocket() -> str:
    def refuse(session: SessionDep) -> None:
        raise HTTPException(403, "not you")

    app = new_app()

    @app.websocket("/ws")
    async def ws(websocket: WebSocket, refused: Annotated[None, Depends(refuse)]) -> None:
        await websocket.accept()

    try:
        with TestClient(app).websocket_connect("/ws"):
            return "accepted"
    except Exception as error:
        return f"{type(error).__name__} {getattr(error, 'status_code', '')}"


@pattern
def an_override_of_get_session() -> str:
    def fake() -> Iterator[str]:
        yield "fake"

    r = APIRouter()

    @r.get("/x")
    def x(a: SessionDep, b: Annotated[Any, Depends(get_session)]) -> str:
        return f"{a} {b}"

    app = new_app()
    app.dependency_overrides[get_session] = fake
    return ask(r, app=app)


@pattern
def an_override_of_get_session_that_returns_one() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(session: SessionDep) -> str:
        return str(session)

    app = new_app()
    app.dependency_overrides[get_session] = lambda: "fake"
    return ask(r, app=app)


@pattern
def an_override_of_the_current_user() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(user: CurrentUser) -> str:
        return str(user)

    app = new_app()
    app.dependency_overrides[get_current_user] = lambda: "me"
    return ask(r, app=app, headers={})


@pattern
def an_async_override_that_asks_for_the_session() -> str:
    async def instead(session: SessionDep) -> int:
        return one(session)

    r = APIRouter()

    @r.get("/x")
    def x(user: CurrentUser) -> str:
        return str(user)

    app = new_app()
    app.dependency_overrides[get_current_user] = instead
    return ask(r, app=app, headers={})


@pattern
def overrides_that_are_taken_back() -> str:
    r = APIRouter()

    @r.get("/x")
    def x(user: CurrentUser) -> str:
        return user if isinstance(user, str) else "real"

    app = new_app()
    app.include_router(r)
    client = TestClient(app, headers=HEADERS)
    answers = []
    for overrides in ({get_current_user: lambda: "me"}, {}, {get_current_user: lambda: "two"}):
        app.dependency_overrides = overrides
        answers.append(client.get("/x").text)
    app.dependency_overrides.clear()
    return " ".join([*answers, client.get("/x").text])


@pattern
def an_override_of_a_mounted_application_s_parent() -> str:
    sub = FastAPI()
    sub.include_router(reader())
    app = new_app()
    app.dependency_overrides[get_session] = lambda: None
    app.mount("/sub", sub)
    return ask_app(app, "/sub/x")


@pattern
def state_that_a_function_sets_and_a_coroutine_reads() -> str:
    def set_it(request: Request) -> None:
        request.state.tenant = "t1"

    async def read_it(request: Request) -> str:
        return getattr(request.state, "tenant", "missing")

    r = APIRouter(dependencies=[Depends(set_it)])

    @r.get("/x")
    def x(tenant: Annotated[str, Depends(read_it)], session: SessionDep) -> str:
        return tenant

    return ask(r)


@pattern
def a_context_variable_of_an_async_dependency() -> str:
    variable = contextvars.ContextVar("variable", default="none")

    async def set_it() -> None:
        variable.set("set")

    r = APIRouter(dependencies=[Depends(set_it)])

    @r.get("/x")
    def x(session: SessionDep) -> str:
        return variable.get()

    return ask(r)


@pattern
def a_context_variable_of_a_function() -> str:
    variable = contextvars.ContextVar("variable", default="none")

    def set_it() -> None:
        variable.set("set")

    r = APIRouter(dependencies=[Depends(set_it)])

    @r.get("/x")
    def x(session: SessionDep) -> str:
        return variable.get()

    return ask(r)


@pattern
def a_middleware_of_the_application() -> str:
    app = new_app()

    @app.middleware("http")
    async def add(request: Request, call_next: Callable[..., Any]) -> Any:
        request.state.word = "hi"
        return await call_next(request)

    @app.get("/x")
    def x(request: Request, session: SessionDep) -> str:
        return f"{one(session)} {request.state.word}"

    return ask_app(app)


@pattern
def a_handler_of_an_exception() -> str:
    class OddError(Exception):
        pass

    app = new_app()

    @app.exception_handler(OddError)
    async def handle(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"odd": 1}, 202)

    def fail(session: SessionDep) -> None:
        raise OddError

    @app.get("/x")
    def x(n: Annotated[None, Depends(fail)]) -> int:
        return 1

    return ask_app(app)


@pattern
def state_of_the_lifespan() -> str:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        yield {"word": "hi"}

    app = new_app(lifespan=lifespan)

    @app.get("/x")
    def x(request: Request, session: SessionDep) -> str:
        return request.state.word

    return ask_app(app)
