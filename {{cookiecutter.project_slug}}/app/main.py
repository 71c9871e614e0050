"""The application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from app import __description__, __title__, __version__
from app.config import settings
from app.database import engine
from app.errors import refuse_request
from app.logging import configure_logging
from app.routers import find_routers


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Configure logging at start-up; close the pooled connections at shutdown."""
    configure_logging(settings.log_level)
    yield
    engine.dispose()


app = FastAPI(
    title=__title__,
    description=__description__,
    version=__version__,
    lifespan=lifespan,
    exception_handlers={RequestValidationError: refuse_request},
)

for router in find_routers():
    app.include_router(router)
