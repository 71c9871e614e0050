"""The same two endpoints, written in five ways; runs inside the project that requests.py bakes."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from app.config import settings
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

COLUMNS = ("id", "title", "content", "score")


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "bench_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    content: Mapped[str]
    score: Mapped[int]


class ItemPublic(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    content: str
    score: int


def ours() -> FastAPI:
    """As the generated project does it."""
    from app.database import SessionRoute

    return with_session(SessionRoute)


def plain() -> FastAPI:
    """As the generated project does it, in a plain router."""
    return with_session(APIRoute)


def with_session(route_class: type[APIRoute]) -> FastAPI:
    from app.database import SessionDep
    from app.main import lifespan

    app = FastAPI(lifespan=lifespan)
    app.router.route_class = route_class

    @app.get("/items/{item_id}")
    def read_item(item_id: int, session: SessionDep) -> ItemPublic:
        return session.get_one(Item, item_id)

    @app.get("/items")
    def list_items(session: SessionDep) -> list[ItemPublic]:
        return session.scalars(select(Item).order_by(Item.id).limit(20)).all()

    return app


def idiom() -> FastAPI:
    """As most tutorials do it: default pool, and a session that lives until after the answer."""
    engine = create_engine(settings.database_url)
    factory = sessionmaker(engine)

    def get_db() -> Iterator[Session]:
        with factory() as session:
            yield session

    app = FastAPI()
    session_dep = Depends(get_db)

    @app.get("/items/{item_id}")
    def read_item(item_id: int, session: Annotated[Session, session_dep]) -> ItemPublic:
        return session.get_one(Item, item_id)

    @app.get("/items")
    def list_items(session: Annotated[Session, session_dep]) -> list[ItemPublic]:
        return session.scalars(select(Item).order_by(Item.id).limit(20)).all()

    return app


def asyncpg() -> FastAPI:
    """Async SQLAlchemy with asyncpg, and a pool of the same size."""
    engine = create_async_engine(
        settings.database_url.set(drivername="postgresql+asyncpg"),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=60,
    )
    factory = async_sessionmaker(engine, expire_on_commit=False)

    async def get_db() -> AsyncIterator[AsyncSession]:
        async with factory() as session:
            yield session

    app = FastAPI()
    session_dep = Depends(get_db)

    @app.get("/items/{item_id}")
    async def read_item(item_id: int, session: Annotated[AsyncSession, session_dep]) -> ItemPublic:
        return await session.get_one(Item, item_id)

    @app.get("/items")
    async def list_items(session: Annotated[AsyncSession, session_dep]) -> list[ItemPublic]:
        found = await session.scalars(select(Item).order_by(Item.id).limit(20))
        return found.all()

    return app


def floor() -> Starlette:
    """Starlette and psycopg2, without models, validation or a transaction."""
    import queue

    import psycopg2

    url = settings.database_url.set(drivername="postgresql")
    pool: queue.SimpleQueue[Any] = queue.SimpleQueue()
    query = f"SELECT {', '.join(COLUMNS)} FROM bench_items"

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        from anyio.to_thread import current_default_thread_limiter

        current_default_thread_limiter().total_tokens = settings.database_pool_size
        for _ in range(settings.database_pool_size):
            connection = psycopg2.connect(url.render_as_string(hide_password=False))
            connection.autocommit = True
            pool.put(connection)
        yield

    def fetch(sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        connection = pool.get()
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
        finally:
            pool.put(connection)

    async def read_item(request: Request) -> Response:
        key = int(request.path_params["item_id"])
        [item] = await run_in_threadpool(fetch, f"{query} WHERE id = %s", [key])
        return Response(json.dumps(item), media_type="application/json")

    async def list_items(request: Request) -> Response:
        items = await run_in_threadpool(fetch, f"{query} ORDER BY id LIMIT 20", [])
        return Response(json.dumps(items), media_type="application/json")

    routes = [Route("/items/{item_id}", read_item), Route("/items", list_items)]
    return Starlette(routes=routes, lifespan=lifespan)
