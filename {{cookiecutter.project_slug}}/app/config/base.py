"""The base of all settings."""

import sys
from pathlib import Path
from typing import Self

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class EnvironmentSettings(BaseSettings):
    """Base of every group of settings."""

    model_config = SettingsConfigDict(
        env_file=Path(__file__).parents[2] / ".env",
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
