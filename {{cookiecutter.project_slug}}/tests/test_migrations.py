import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, inspect
from sqlalchemy.pool import NullPool

from tests.databases import alembic_config

revisions = [
    script.revision
    for script in reversed(list(ScriptDirectory.from_config(alembic_config()).walk_revisions()))
]


@contextmanager
def connect(url: URL) -> Iterator[Connection]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection


@pytest.fixture
def config(migrated_database: URL) -> Iterator[Config]:
    with connect(migrated_database) as connection:
        yield alembic_config(connection)


def test_history_has_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) <= 1


def test_models_and_migrations_agree(config: Config) -> None:
    command.check(config)


def test_downgrade_to_base_leaves_no_table(config: Config, migrated_database: URL) -> None:
    command.downgrade(config, "base")

    with connect(migrated_database) as connection:
        tables = inspect(connection).get_table_names()
    assert [table for table in tables if not table.startswith("alembic_version_")] == []


def test_every_revision_can_be_undone_and_applied_again(config: Config) -> None:
    command.downgrade(config, "base")
    for revision in revisions:
        command.upgrade(config, revision)
        command.downgrade(config, "-1")
        command.upgrade(config, revision)

    command.check(config)


def test_the_whole_history_can_be_printed_as_sql() -> None:
    config = alembic_config()
    config.output_buffer = io.StringIO()

    command.upgrade(config, "head", sql=True)

    assert all(revision in config.output_buffer.getvalue() for revision in revisions)
