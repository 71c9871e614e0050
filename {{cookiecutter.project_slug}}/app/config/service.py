"""Settings of every service."""

import math
import os
import re
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode
from sqlalchemy import URL

from app.config.base import EnvironmentSettings
from app.config.database_url import DRIVER, parse_database_url

ONE_DAY = 24 * 60 * 60
ORIGIN = re.compile(r"\*|https?://[^/\s?#@]+")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class Settings(EnvironmentSettings):
    """The settings of the whole service; the database is `DATABASE_URL` or its five parts."""

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
    request_seconds: float = Field(default=60, gt=0, le=ONE_DAY)
    max_body_bytes: int = Field(default=2 * 1024 * 1024, ge=0)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    cors_headers: Annotated[tuple[str, ...], NoDecode] = (
        "Authorization",
        "Content-Type",
        "X-Request-ID",
    )
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
        origins = _split(value)
        if not all(ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError(
                "is no list of origins, such as https://app.example.com,http://localhost:3000 "
                "(no path, no slash at the end), or * for all"
            )
        return origins

    @field_validator("cors_headers", mode="before")
    @classmethod
    def _are_headers(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        headers = _split(value)
        if not all(HEADER.fullmatch(header) for header in headers):
            raise ValueError(
                "is no list of names of headers, such as Authorization,Content-Type, or * for all"
            )
        return headers

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
        """The options that connections send at their start; those of the URL come last."""
        given = f"{self.database_url.query.get('options', '')} {os.environ.get('PGOPTIONS', '')}"
        milliseconds = math.ceil(self.database_statement_seconds * 1000)
        return f"-c statement_timeout={milliseconds} {given}".rstrip()


def _split(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return what commas or spaces separate."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value
