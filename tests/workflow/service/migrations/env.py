"""Runs for every Alembic command that needs the database or the models."""

import logging
import os
from logging.config import fileConfig

from alembic import context
from alembic_workflow.env import (
    Database,
    Environment,
    explained,
    filter_alembic_noise,
    run,
)
from sqlalchemy import make_url

config = context.config
if config.config_file_name is not None and not logging.getLogger().handlers:
    fileConfig(
        config.config_file_name, disable_existing_loggers=False, encoding="utf-8"
    )
    filter_alembic_noise()
with explained():
    from app.models import Base

    from app import SERVICE_NAME


def database() -> Database:
    """Return where the database is, by the environment."""
    scratch = os.environ.get("SCRATCH_DATABASE_URL")
    return Database(
        make_url(os.environ["DATABASE_URL"]),
        scratch_url=make_url(scratch) if scratch else None,
    )


run(
    Environment(
        service_name=SERVICE_NAME,
        metadata=[Base.metadata],
        database=database,
        application="app",
    )
)
