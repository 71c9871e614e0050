"""The application."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from app import __author__, __description__, __email__, __license__, __title__, __version__
from app.config import settings
from app.database import engine
from app.http.application import EXCEPTION_HANDLERS, Application
from app.http.docs import OPENAPI_URL, add_docs
from app.http.errors import PROBLEM_RESPONSES
from app.http.index import add_index
from app.http.logging import configure_logging
from app.http.openapi import operation_id
from app.routers import describe_tags, find_routers


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Configure the process at start-up; close the pooled connections at shutdown."""
    configure_logging(settings.log_level)
    current_default_thread_limiter().total_tokens = settings.threads
    gc.freeze()  # what is imported by now stays, so that no collection need look at it
    yield
    engine.dispose()


app = Application(
    title=__title__,
    description=__description__,
    version=__version__,
    lifespan=lifespan,
    openapi_url=OPENAPI_URL if settings.docs_enabled else None,
    docs_url=None,
    redoc_url=None,
    license_info={"name": __license__.removeprefix("LicenseRef-"), "identifier": __license__},
    servers=[{"url": "/", "description": "This service"}],
    openapi_tags=describe_tags(),
    generate_unique_id_function=operation_id,
    responses=PROBLEM_RESPONSES,
    max_body_size=settings.max_body_bytes,
    exception_handlers=EXCEPTION_HANDLERS,
)
app.author = {"name": __author__, "email": __email__}
app.cors_origins = settings.cors_origins
app.cors_headers = settings.cors_headers

if settings.docs_enabled:
    add_docs(app)
for router in find_routers():
    app.include_router(router)
add_index(app)
