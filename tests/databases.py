"""Look into the databases of generated projects."""

from contextlib import closing
from typing import Any

import psycopg2
from baking import Project
from dotenv import dotenv_values
from sqlalchemy import URL, make_url


def database_url(project: Project) -> URL:
    """Return the URL of the development database."""
    return make_url(str(dotenv_values(project.path / ".env")["DATABASE_URL"]))


def connect(url: URL) -> Any:
    """Return a connection in autocommit."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(address)
    connection.autocommit = True
    return connection


def rows(url: URL, *statements: str) -> list[Any]:
    """Run the statements and return what the last one found."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def values(url: URL, *statements: str) -> list[Any]:
    """Run the statements and return the first column of what the last one found."""
    return [row[0] for row in rows(url, *statements)]
