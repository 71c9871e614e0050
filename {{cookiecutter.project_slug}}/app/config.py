"""Settings, read from the environment and then from `.env`."""

import math
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg2"
# Hosting providers hand out the short forms, which SQLAlchemy 2.1 would read as psycopg 3.
ACCEPTED_SCHEMES = ("postgresql", "postgres", DRIVER)
ONE_DAY = 24 * 60 * 60
ORIGIN = re.compile(r"\*|https?://[^/\s?#@]+")


class EnvironmentSettings(BaseSettings):
    """Base of every group of settings."""

    model_config = SettingsConfigDict(
        env_file=Path(__file__).parents[1] / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def load(cls) -> Self:
        """Return the settings, or print one line per missing or bad one and exit with status 1."""
        try:
            return cls()
        except ValidationError as error:
            print("These settings are missing or wrong (environment or .env):", file=sys.stderr)
            for details in error.errors():
                # Its variable's name if the value is bad, its field's name if there is no value.
                name = str((*details["loc"], "settings")[0])
                field = cls.model_fields.get(name)
                variable = str(field.validation_alias or name) if field else name
                reason = details["msg"].removeprefix("Value error, ")
                print(f"  {variable.upper()}: {reason}", file=sys.stderr)
            raise SystemExit(1) from None


class Settings(EnvironmentSettings):
    """What every part of the service needs; the database is `DATABASE_URL` or its five parts."""

    database_hostname: str | None = None
    database_port: int = Field(default=5432, ge=1, le=65535)
    database_username: str | None = None
    database_password: SecretStr | None = None
    database_name: str | None = None
    database_pool_size: int = Field(default=5, ge=1)
    database_queue_size: int = Field(default=2000, ge=0)
    database_queue_seconds: float = Field(default=10, gt=0, le=ONE_DAY)
    threads: int = Field(default=200, ge=1, le=10_000)
    database_statement_seconds: float = Field(default=30, ge=0, le=ONE_DAY)
    lock_timeout_seconds: float = Field(default=2, gt=0, le=ONE_DAY)
    lock_retry_seconds: float = Field(default=300, ge=0, le=ONE_DAY)
    ready_when_ahead: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    slow_statement_seconds: float = Field(default=0.5, ge=0)
    max_body_bytes: int = Field(default=2 * 1024 * 1024, ge=0)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    docs_enabled: bool = True
    given_database_url: SecretStr | None = Field(
        default=None, validation_alias="DATABASE_URL", validate_default=True
    )
    given_migration_database_url: SecretStr | None = Field(
        default=None, validation_alias="MIGRATION_DATABASE_URL"
    )
    given_scratch_database_url: SecretStr | None = Field(
        default=None, validation_alias="SCRATCH_DATABASE_URL"
    )

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _are_origins(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        origins = value.replace(",", " ").split() if isinstance(value, str) else value
        if not all(ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError(
                "is no list of origins, such as https://app.example.com,http://localhost:3000 "
                "(no path, no slash at the end), or * for all"
            )
        return tuple(origins)

    @field_validator("given_database_url")
    @classmethod
    def _names_a_database(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None:
            parse_database_url(value.get_secret_value())
            return value
        parts = ("database_hostname", "database_username", "database_name")
        missing = [part.upper() for part in parts if info.data.get(part) is None]
        if missing:
            raise ValueError(
                f"is not set, and of its parts {', '.join(missing)} missing; "
                "'make db' starts a PostgreSQL and sets it"
            )
        return value

    @field_validator("given_migration_database_url", "given_scratch_database_url")
    @classmethod
    def _is_a_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_database_url(value.get_secret_value())
        return value

    @property
    def migration_database_url(self) -> URL:
        """The way to the same database that migrations take, past a pooler if there is one."""
        given = self.given_migration_database_url
        return self.database_url if given is None else parse_database_url(given.get_secret_value())

    @property
    def scratch_database_url(self) -> URL | None:
        """A database on a server where others may be created to try migrations in."""
        given = self.given_scratch_database_url
        return None if given is None else parse_database_url(given.get_secret_value())

    @property
    def database_url(self) -> URL:
        """The database; the text form of the URL hides the password."""
        if self.given_database_url is not None:
            return parse_database_url(self.given_database_url.get_secret_value())
        password = self.database_password
        return URL.create(
            DRIVER,
            username=self.database_username,
            password=None if password is None else password.get_secret_value(),
            host=self.database_hostname,
            port=self.database_port,
            database=self.database_name,
        )

    @property
    def database_options(self) -> str:
        """What the service's connections tell the server at the start; what is given comes last."""
        given = f"{self.database_url.query.get('options', '')} {os.environ.get('PGOPTIONS', '')}"
        milliseconds = math.ceil(self.database_statement_seconds * 1000)
        return f"-c statement_timeout={milliseconds} {given}".rstrip()


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


settings = Settings.load()
