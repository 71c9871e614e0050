"""The databases of a test run: one is migrated, and each process works in a copy of it.

All are dropped at the end, and what a killed run left behind by the next one.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic_workflow.testing import scratch_database
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.pool import NullPool

PROJECT = Path(__file__).parents[1]


@contextmanager
def migrated_database(development_url: URL) -> Iterator[URL]:
    """Yield the URL of a new, migrated database on the server of this URL."""
    with scratch_database(development_url, purpose="test") as url:
        upgrade(url)
        yield url


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, on this connection if one is given."""
    config = Config(PROJECT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


def upgrade(url: URL) -> None:
    """Run `alembic upgrade heads` on this database, without a word about each revision."""
    engine = create_engine(url, poolclass=NullPool)
    logging.disable(logging.INFO)
    try:
        with engine.connect() as connection:
            command.upgrade(alembic_config(connection), "heads")
    finally:
        logging.disable(logging.NOTSET)
