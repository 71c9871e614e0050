"""Runs for every Alembic command that needs the database or the models."""

import logging
from logging.config import fileConfig

from alembic import context
from alembic_workflow.env import (
    DatabaseUrls,
    Environment,
    explained,
    leave_out_what_is_said_every_time,
    run,
)

config = context.config
if config.config_file_name is not None and not logging.getLogger().handlers:
    fileConfig(config.config_file_name, disable_existing_loggers=False, encoding="utf-8")
    leave_out_what_is_said_every_time()
with explained():
    from app import SERVICE_NAME
    from app.models import Base


def database_urls() -> DatabaseUrls:
    """Return the settings' URLs; printing SQL needs neither a database nor its settings."""
    from app.config import settings

    return DatabaseUrls(settings.migration_database_url, scratch=settings.scratch_database_url)


run(
    Environment(
        service_name=SERVICE_NAME,
        # A list, so that the metadata of another declarative base can be added.
        metadata=[Base.metadata],
        urls=database_urls,
        application="app",
    )
)
