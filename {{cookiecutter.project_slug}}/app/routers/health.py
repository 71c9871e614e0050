"""Probes: the service runs, and it can do its work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from fastapi import APIRouter, HTTPException, status
from pydantic import BaseModel

from app.config import settings
from app.health.readiness import Readiness

readiness = Readiness(settings.database_url, accept_unknown=settings.ready_when_ahead)


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Close the probe's connection at shutdown."""
    yield
    readiness.close()


class Health(BaseModel):
    """The answer of a probe; one that fails is answered with a problem document."""

    status: Literal["ok"] = "ok"


router = APIRouter(prefix="/health", tags=["health"], lifespan=lifespan)


@router.get("/live")
async def check_liveness() -> Health:
    """Tell that the process answers; it need not be restarted."""
    return Health()


@router.get("/ready")
async def check_readiness() -> Health:
    """Tell whether the database answers and fits this code; with 503, send requests elsewhere."""
    if problem := await readiness.problem():
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, problem)
    return Health()
