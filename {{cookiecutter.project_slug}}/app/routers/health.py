"""Probes: the service runs, and it can do its work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, HTTPException, status

from app.config import settings
from app.health.readiness import Readiness

readiness = Readiness(settings.database_url, accept_unknown=settings.ready_when_ahead)


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Close the probe's connection at shutdown."""
    yield
    readiness.close()


router = APIRouter(prefix="/health", tags=["health"], lifespan=lifespan)


@router.get("/live")
async def live() -> dict[str, str]:
    """Tell that the process answers; it need not be restarted."""
    return {"status": "ok"}


@router.get("/ready")
async def ready() -> dict[str, str]:
    """Tell whether the database answers and fits this code; with 503, send requests elsewhere."""
    if problem := await readiness.problem():
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, problem)
    return {"status": "ok"}
