"""Whether the service runs, and whether it can do its work."""

import logging

from fastapi import APIRouter, HTTPException, status
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.config import settings

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/health", tags=["health"])

# A connection of its own: when all in the pool are busy, the service is slow but not unhealthy.
probe_engine = create_engine(
    settings.database_url, poolclass=NullPool, connect_args={"connect_timeout": 2}
)


@router.get("/live")
async def live() -> dict[str, str]:
    """Tell that the process answers; it need not be restarted."""
    return {"status": "ok"}


@router.get("/ready")
def ready() -> dict[str, str]:
    """Tell whether the database answers; with 503, send requests elsewhere."""
    try:
        with probe_engine.connect() as connection:
            connection.execute(text("select 1"))
    except SQLAlchemyError as error:
        logger.warning("The database does not answer: %s", error)
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE, "The database does not answer."
        ) from error
    return {"status": "ok"}
