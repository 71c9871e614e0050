"""Runs for every Alembic command that needs the database or the models."""

import logging
from logging.config import fileConfig

from alembic import context
from alembic_workflow.env import (
    Database,
    Environment,
    explained,
    filter_alembic_noise,
    run,
)

config = context.config
if config.config_file_name is not None and not logging.getLogger().handlers:
    fileConfig(config.config_file_name, disable_existing_loggers=False, encoding="utf-8")
    filter_alembic_noise()
with explained():
    from app import SERVICE_NAME, VERSION_TABLE
    from app.models import Base


def database() -> Database:
    """Return the settings; printing SQL needs none."""
    from app.config import settings

    return Database(
        settings.migration_database_url,
        scratch_url=settings.scratch_database_url,
        lock_timeout_seconds=settings.lock_timeout_seconds,
        lock_retry_seconds=settings.lock_retry_seconds,
    )


run(
    Environment(
        service_name=SERVICE_NAME,
        version_table=VERSION_TABLE,
        # A list, so that the metadata of another declarative base can be added.
        metadata=[Base.metadata],
        database=database,
        application="app",
    )
)
