"""The conftest.py of the service: points it at a migrated database, as generated projects do."""

import os
from contextlib import ExitStack
from importlib import import_module, reload

import pytest
from alembic_workflow.testing import (
    ending_in_words,
    refuse_other_databases,
    scratch_database,
)
from app import config as app_config

open_databases = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Do so before any test module is imported."""
    databases = import_module("tests.databases")
    development_url = app_config.settings.migration_database_url
    with ending_in_words():
        template = open_databases.enter_context(databases.migrated_database(development_url))
    url = open_databases.enter_context(
        scratch_database(development_url, purpose="test", template=template)
    )
    os.environ["DATABASE_URL"] = url.render_as_string(hide_password=False)
    reload(app_config)
    refuse_other_databases(url)


def pytest_unconfigure() -> None:
    """Drop the databases."""
    open_databases.close()
