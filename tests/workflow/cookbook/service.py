"""A service that goes on while its database changes."""

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

import psycopg2
from databases import connect
from documents.blocks import DocumentError
from sqlalchemy import URL

NAME = "cookbook"
WAITS = f"""
SELECT extract(epoch FROM max(clock_timestamp() - waitstart))::float FROM pg_locks
JOIN pg_stat_activity USING (pid) WHERE NOT granted AND application_name = '{NAME}'"""
CLIENTS, ROUNDS = 2, 4
SECONDS_TO_WAIT = 120
PAUSE = 0.01


@dataclass
class Watch:
    """The waits and errors of a service's statements."""

    longest: float = 0.0
    """For how many seconds one waited for a lock."""
    errors: dict[str, str] = field(default_factory=dict)
    """The first line of each error, and the statement."""


class Client(threading.Thread):
    """Sends the statements of a version, over and over."""

    def __init__(self, url: URL, statements: Sequence[str], watch: Watch) -> None:
        super().__init__(daemon=True)
        self.rounds = 0
        self.ends = threading.Event()
        self.watch = watch
        self._url = url
        self._statements = statements

    def run(self) -> None:
        with closing(connect(self._url)) as connection, connection.cursor() as cursor:
            cursor.execute(f"SET application_name = '{NAME}'")
            while not self.ends.wait(PAUSE):
                for statement in self._statements:
                    try:
                        cursor.execute(statement)
                    except psycopg2.Error as error:
                        self.watch.errors.setdefault(str(error).splitlines()[0], statement)
                self.rounds += 1


class Stopwatch(threading.Thread):
    """Looks every few milliseconds for how long the statements have been waiting for a lock."""

    def __init__(self, url: URL, service: "Service") -> None:
        super().__init__(daemon=True)
        self.ends = threading.Event()
        self._url = url
        self._service = service

    def run(self) -> None:
        with closing(connect(self._url)) as connection, connection.cursor() as cursor:
            while not self.ends.wait(PAUSE):
                cursor.execute(WAITS)
                [(seconds,)] = cursor.fetchall()
                watch = self._service.watch
                watch.longest = max(watch.longest, seconds or 0.0)


class Service:
    """The running version of a service, or two of them while one is deployed."""

    def __init__(self, url: URL) -> None:
        """Take the database; no version runs yet."""
        self.watch = Watch()
        self._url = url
        self._clients: list[Client] = []
        self._stopwatch = Stopwatch(url, self)

    def deploy(self, statements: Sequence[str]) -> None:
        """Run another version beside the one that runs, then in its place."""
        old = self._clients
        if not self._stopwatch.is_alive():
            self._stopwatch.start()
        new = [Client(self._url, statements, self.watch) for _ in range(CLIENTS)]
        for client in new:
            client.start()
        self._clients = [*old, *new]
        self.go_on()
        self._clients = new
        _end(old)
        self.go_on()

    def go_on(self) -> None:
        """Return once each client has sent all its statements some more times."""
        goals = {client: client.rounds + ROUNDS for client in self._clients}
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while any(client.rounds < goal for client, goal in goals.items()):
            assert time.monotonic() < deadline
            assert all(client.is_alive() for client in goals)
            time.sleep(PAUSE)

    def seen(self) -> Watch:
        """Return what the statements have met since this was called, and begin anew."""
        self.go_on()
        seen, self.watch = self.watch, Watch()
        for client in self._clients:
            client.watch = self.watch
        return seen

    def without_error(self, meanwhile: str) -> Watch:
        """Return what `seen` does. Raises DocumentError if a statement has failed."""
        watch = self.seen()
        for error, statement in watch.errors.items():
            raise DocumentError(f"while {meanwhile}: {error}\n{statement}")
        return watch

    def end(self) -> None:
        """End all clients."""
        _end([*self._clients, self._stopwatch] if self._clients else [])
        self._clients = []


def _end(clients: Sequence[Client | Stopwatch]) -> None:
    for client in clients:
        client.ends.set()
    for client in clients:
        client.join(SECONDS_TO_WAIT)
