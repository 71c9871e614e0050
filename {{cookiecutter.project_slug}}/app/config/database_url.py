"""The address of a PostgreSQL database."""

from contextlib import suppress

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg2"
# Hosting providers hand out the short forms, which SQLAlchemy 2.1 would read as psycopg 3.
ACCEPTED_SCHEMES = ("postgresql", "postgres", DRIVER)


def parse_database_url(text: str) -> URL:
    """Return the URL with the psycopg2 driver.

    Raises ValueError, without quoting the text, when it names no PostgreSQL database.
    """
    url = None
    with suppress(ArgumentError, ValueError):
        url = make_url(text)
    if url is None or text.count("@") > 1:
        raise ValueError(
            "is not of the form postgresql://user:password@host:5432/name; "
            "special characters in the password must be percent-encoded (@ is %40, % is %25)"
        )
    if url.drivername not in ACCEPTED_SCHEMES:
        raise ValueError(
            f"starts with {url.drivername}://, but this service talks to PostgreSQL "
            "through psycopg2; write postgresql://"
        )
    if not url.database:
        raise ValueError("names no database; write postgresql://user:password@host:5432/name")
    return url.set(drivername=DRIVER)
