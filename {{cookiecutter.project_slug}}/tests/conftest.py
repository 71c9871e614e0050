"""Fixtures: a migrated database, and a transaction around each test that is rolled back."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any

import pytest
from alembic_workflow.testing import (
    ending_in_words,
    refuse_other_databases,
    scratch_database,
)
from fastapi.testclient import TestClient
from sqlalchemy import URL, Connection, make_url
from sqlalchemy.orm import Session

from app import config as app_config
from tests import databases

open_databases = ExitStack()
template_key = pytest.StashKey[URL]()


def pytest_configure(config: pytest.Config) -> None:
    """Point the settings at a database of this process, before any test module is imported."""
    workerinput: dict[str, str] = getattr(config, "workerinput", {})
    development_url = app_config.settings.migration_database_url
    if workerinput:
        template = make_url(workerinput["template_url"])
    else:
        with ending_in_words():
            template = open_databases.enter_context(databases.migrated_database(development_url))
    config.stash[template_key] = template
    url = open_databases.enter_context(
        scratch_database(development_url, purpose="test", template=template)
    )
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
        os.environ[name] = url.render_as_string(hide_password=False)
    app_config.settings = app_config.Settings.load()
    refuse_other_databases(url)
    try:
        import_module("app.main")
    except SystemExit:
        open_databases.close()
        pytest.exit("The settings are missing or wrong, see above.", returncode=1)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the migrated database to a worker process of pytest-xdist."""
    template = node.config.stash[template_key]
    node.workerinput["template_url"] = template.render_as_string(hide_password=False)


def pytest_unconfigure() -> None:
    """Drop the databases."""
    open_databases.close()


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A connection in a transaction that is rolled back after the test."""
    from app.database import engine

    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session in the test's transaction; the application's sessions join it too."""
    from app.database import SessionFactory, engine

    SessionFactory.configure(bind=connection, join_transaction_mode="create_savepoint")
    with SessionFactory() as session:
        yield session
    SessionFactory.configure(bind=engine)


@pytest.fixture(scope="session")
def running_application() -> Iterator[TestClient]:
    """The application, started once."""
    from app.main import app

    with TestClient(app) as client:
        yield client


@pytest.fixture
def client(running_application: TestClient, session: Session) -> TestClient:
    """A client of the application, which works in the test's transaction."""
    running_application.cookies.clear()
    return running_application


@pytest.fixture
def migrated_database(pytestconfig: pytest.Config) -> Iterator[URL]:
    """A migrated database for one test, for what a rolled-back transaction cannot hold."""
    template = pytestconfig.stash[template_key]
    own = app_config.settings.migration_database_url
    with scratch_database(own, template=template) as url:
        yield url
