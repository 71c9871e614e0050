"""Settings of the service, as its `env.py` reads them."""

import os
from dataclasses import dataclass

from sqlalchemy import URL, make_url


@dataclass(frozen=True)
class Settings:
    """The part of the settings that migrations need."""

    migration_database_url: URL
    scratch_database_url: URL | None
    lock_timeout_seconds: float = 2
    lock_retry_seconds: float = 300


_scratch = os.environ.get("SCRATCH_DATABASE_URL")
settings = Settings(
    migration_database_url=make_url(os.environ["DATABASE_URL"]),
    scratch_database_url=make_url(_scratch) if _scratch else None,
)
