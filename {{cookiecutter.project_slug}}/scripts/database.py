"""`make db`: see that there is a database to work with, and a `.env` to find it by.

A database that the environment or `.env` names is only asked whether it answers. If none is named,
the embedded PostgreSQL is started and its URL is written into `.env`.
"""

import argparse
import os
import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

import psycopg2
from dotenv import dotenv_values, set_key
from psycopg2 import errors, sql
from psycopg2.extensions import connection, make_dsn

from app import SERVICE_NAME
from scripts import postgres
from scripts.server_process import PostgresError
from scripts.server_socket import is_socket_folder, socket_folder_of

PROJECT = Path(__file__).resolve().parents[1]
ENV_FILE = PROJECT / ".env"
SECONDS_TO_RECOVER = 10


class DatabaseError(Exception):
    """There is no database; the message says why and what to do."""


def start() -> None:
    """Make `.env` if there is none, start the embedded server if it is in use, and try it.

    Raises DatabaseError if the database does not answer.
    """
    create_env_file()
    if _is_embedded():
        start_embedded()
    check_that_it_answers()


def stop() -> None:
    """Stop the embedded server."""
    print("PostgreSQL is stopped." if postgres.stop() else "PostgreSQL was not running.")


def psql() -> None:
    """Become psql on the settings' database."""
    start()
    options = _connect_options()
    os.environ["PGPASSWORD"] = options.pop("password", "")
    program = str(postgres.BINARIES / "psql")  # it looks for itself under the name it is given
    os.execv(program, [program, make_dsn(**options)])


def create_env_file() -> None:
    """Copy `.env.example` to `.env`, readable by its owner only, with a random secret."""
    if ENV_FILE.exists():
        return
    text = (PROJECT / ".env.example").read_text()
    secret = f"\nSECRET_KEY={secrets.token_urlsafe(48)}\n"
    unfinished = ENV_FILE.with_name(f".env.{os.getpid()}")
    with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123
        file.write(text.replace("\nSECRET_KEY=\n", secret))
    unfinished.rename(ENV_FILE)


def start_embedded() -> None:
    """Start the embedded server, create the project's database, write its URL into `.env`."""
    socket_folder = postgres.start()
    _create_database(socket_folder)
    url = _url_of(socket_folder)
    if dotenv_values(ENV_FILE).get("DATABASE_URL") != url:
        set_key(ENV_FILE, "DATABASE_URL", url, quote_mode="never")
        print("PostgreSQL runs in .postgres/; its URL is in .env.", file=sys.stderr)


def check_that_it_answers() -> None:
    """Connect to the settings' database. Raises DatabaseError if that fails."""
    options = _connect_options()
    try:
        psycopg2.connect(**{"connect_timeout": 5} | options).close()
    except psycopg2.Error as error:
        host, port = options.get("host", "localhost"), options.get("port", 5432)
        reason = str(error).strip().splitlines()[0].rpartition("failed: ")[2]
        advice = "Correct" if "FATAL" in reason else "Start it or correct"
        raise DatabaseError(
            f"PostgreSQL at {host}, port {port}, database {options['dbname']}: {reason}. "
            f"{advice} DATABASE_URL; left empty in .env, 'make db' starts a PostgreSQL."
        ) from None


def _connect_options() -> dict[str, Any]:
    """Return what libpq calls the parts of the settings' URL."""
    if _is_embedded():
        socket_folder = socket_folder_of(postgres.FOLDER)
        if _value("DATABASE_URL") == _url_of(socket_folder):
            return _parts_of(socket_folder, SERVICE_NAME)
    # Only here, as it takes longer than all else, and reads the settings: .env has to be there.
    from app.config import settings

    url = settings.database_url
    # Not the URL itself: libpq reads some characters in it differently from SQLAlchemy.
    _, options = url.get_dialect()().create_connect_args(url)
    return dict(options)


def _url_of(socket_folder: Path) -> str:
    host = quote_plus(str(socket_folder))
    return f"postgresql://{postgres.SUPERUSER}@/{SERVICE_NAME}?host={host}"


def _parts_of(socket_folder: Path, database: str) -> dict[str, Any]:
    return {"host": str(socket_folder), "user": postgres.SUPERUSER, "dbname": database}


def _is_embedded() -> bool:
    url = _value("DATABASE_URL")
    if url is None:
        return not any(_value(f"DATABASE_{part}") for part in ("HOSTNAME", "USERNAME", "NAME"))
    with suppress(ValueError):
        return is_socket_folder(parse_qs(urlsplit(url).query).get("host", [""])[0])
    return False


def _value(name: str) -> str | None:
    return os.environ.get(name) or dotenv_values(ENV_FILE).get(name) or None


def _create_database(socket_folder: Path) -> None:
    server = _connect_to_server(socket_folder)
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [SERVICE_NAME])
            if cursor.fetchone() is None:
                create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(SERVICE_NAME))
                # Another `make` may be doing the same at this moment.
                with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                    cursor.execute(create)
    finally:
        server.close()


def _connect_to_server(socket_folder: Path) -> connection:
    """After one of its processes was killed, the server takes no connections while it recovers."""
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while True:
        try:
            server: connection = psycopg2.connect(**_parts_of(socket_folder, "postgres"))
            return server
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline:
                raise DatabaseError(f"PostgreSQL in .postgres/: {str(error).strip()}") from None
            time.sleep(0.1)


def main() -> None:
    """Run the command line; exit with status 1 and one line if there is no database."""
    commands = {"start": start, "stop": stop, "psql": psql, "env": create_env_file}
    parser = argparse.ArgumentParser(prog="python -m scripts.database", description=__doc__)
    parser.add_argument("command", choices=commands)
    try:
        commands[parser.parse_args().command]()
    except (DatabaseError, PostgresError) as error:
        sys.exit(str(error))
    except PermissionError as error:
        sys.exit(
            f"{error.filename} belongs to another user: run make as that one, or 'sudo make clean' "
            "and then 'sudo chown -R \"$USER\" .' make the folder yours."
        )
    except OSError as error:  # a full disk, ...
        sys.exit(f"{error.filename or 'The embedded PostgreSQL'}: {error.strerror}.")


if __name__ == "__main__":
    main()
