"""Runs for every Alembic command that needs the database or the models."""

import logging
from logging.config import fileConfig
from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from app import SERVICE_NAME
from app.models import Base
from migrations.workflow import server_defaults
from migrations.workflow.directives import skip_empty_revision
from migrations.workflow.output import leave_out_what_is_said_every_time
from migrations.workflow.ownership import Ownership
from migrations.workflow.rendering import render_item

config = context.config
# A list, so that the metadata of another declarative base can be added.
target_metadata = [Base.metadata]

if config.config_file_name is not None and not logging.getLogger().handlers:
    fileConfig(config.config_file_name, disable_existing_loggers=False, encoding="utf-8")
    leave_out_what_is_said_every_time()


def configure(**options: Any) -> None:
    """Configure the migration context; `options` name the connection or the offline URL."""
    ownership = Ownership(target_metadata, context.script)
    context.configure(
        target_metadata=target_metadata,
        # Its own, so that several services can share a database.
        version_table=f"alembic_version_{SERVICE_NAME.replace('-', '_')}",
        transaction_per_migration=True,
        include_schemas=bool(ownership.schemas),
        include_name=ownership.include_name,
        compare_type=True,
        compare_server_default=True,
        autogenerate_plugins=[
            "alembic.autogenerate.*",
            "alembic.ext.checkconstraint_byname",
            server_defaults.PLUGIN,
        ],
        process_revision_directives=skip_empty_revision,
        render_item=render_item,
        **options,
    )


def run_migrations(**options: Any) -> None:
    """Run the command's migrations with these options."""
    configure(**options)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_offline() -> None:
    """Print the SQL instead of running it."""
    run_migrations(
        dialect_name="postgresql", literal_binds=True, dialect_opts={"paramstyle": "named"}
    )


def run_migrations_online() -> None:
    """Run against the caller's connection if there is one, else against the settings' database."""
    connection: Connection | None = config.attributes.get("connection")
    if connection is not None:
        run_migrations(connection=connection)
        return
    # Imported here, so that printing SQL needs neither a database nor its settings.
    from app.config import settings

    engine = create_engine(
        settings.database_url, poolclass=NullPool, connect_args={"connect_timeout": 5}
    )
    with engine.connect() as connection:
        run_migrations(connection=connection)


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
