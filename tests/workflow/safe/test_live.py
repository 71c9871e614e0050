"""A writer beside the migration: it waits for the unsafe form, and not for the safe one.

Its statements give up if they wait for a lock for longer than LONGEST_WAIT. So how fast the machine
is does not matter: a statement that is only slow does not fail.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from databases import connect
from sqlalchemy import URL

from workflow.safe.services import running_service, written
from workflow.workbench import Workbench

LONGEST_WAIT = "300ms"
ROWS = 300_000
BEFORE = """
class Item(Base):
    __tablename__ = "items"

    id: Mapped[IdentityKey]
    shop_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    number: Mapped[int] = mapped_column(index=True)
    title: Mapped[str | None]


class Shop(Base):
    __tablename__ = "shops"

    id: Mapped[IdentityKey]
"""
AFTER = """
class Item(Base):
    __tablename__ = "items"
    __table_args__ = (sa.CheckConstraint("number > 0", name="number"),)

    id: Mapped[IdentityKey]
    shop_id: Mapped[int | None] = mapped_column(sa.ForeignKey("shops.id"), index=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    title: Mapped[str] = mapped_column(unique=True)
    key: Mapped[Any] = mapped_column(sa.Uuid, server_default=sa.text("gen_random_uuid()"))
    counted: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity())


class Shop(Base):
    __tablename__ = "shops"

    id: Mapped[IdentityKey]
"""
FILL = (
    "INSERT INTO shops SELECT FROM generate_series(1, 10)",
    "INSERT INTO items (shop_id, number, title) SELECT i % 10 + 1, i, "
    f"CASE WHEN i % 100 > 0 THEN 'title ' || i END FROM generate_series(1, {ROWS}) AS i",
)


class Writer(threading.Thread):
    """Inserts and updates, one statement after the other, until it is stopped."""

    def __init__(self, url: URL) -> None:
        """Take the database."""
        super().__init__()
        self.written = 0
        self.waited: list[str] = []
        """The statements that gave up."""
        self.errors: list[Exception] = []
        self._url = url
        self._stopped = threading.Event()

    def run(self) -> None:
        """Write, each statement in a transaction of its own."""
        connection = connect(self._url)
        try:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(f"SET lock_timeout = '{LONGEST_WAIT}'")
            while not self._stopped.is_set():
                for statement in self._statements():
                    try:
                        cursor.execute(statement)
                        self.written += 1
                    except psycopg2.errors.LockNotAvailable:
                        self.waited.append(statement)
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.close()

    def stop(self) -> None:
        """Let it end, and wait until it has."""
        self._stopped.set()
        self.join()

    def _statements(self) -> Iterator[str]:
        number = ROWS + self.written + 1
        yield (f"INSERT INTO items (shop_id, number, title) VALUES (1, {number}, 'title {number}')")
        yield f"UPDATE items SET number = number + 1, shop_id = 2 WHERE id = {number % ROWS + 1}"
        yield f"SELECT * FROM items WHERE id = {number % ROWS + 1}"


@contextmanager
def writing(service: Workbench) -> Iterator[Writer]:
    """A writer that writes meanwhile."""
    writer = Writer(service.url)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()
    assert writer.errors == []


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, server: URL) -> Iterator[Workbench]:
    """A service with a large table, and models that have changed since."""
    with running_service(tmp_path_factory.mktemp("service"), server) as bench:
        bench.model(BEFORE)
        bench.revise("create items")
        bench.succeed("upgrade", "head")
        bench.sql(*FILL)
        bench.model(AFTER)
        bench.keep()
        yield bench


def test_a_writer_does_not_wait_for_safe_forms(service: Workbench) -> None:
    files = written(service, "change items")

    with writing(service) as writer:
        service.succeed("upgrade", "head")
    service.succeed("check")

    assert {path.stem.rpartition("_")[2] for path in files} == {
        *("expand", "backfill", "index", "contract", "validate")
    }
    assert writer.written > 0
    assert writer.waited == []


def test_a_writer_waits_for_the_form_that_is_not_safe(service: Workbench) -> None:
    service.sql("UPDATE items SET title = 'title ' || id WHERE title IS NULL")
    written(service, "change items", "-x", "safe=0")

    with writing(service) as writer:
        service.succeed("upgrade", "head")

    assert writer.written > 0
    assert writer.waited != []
