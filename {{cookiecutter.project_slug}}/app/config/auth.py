"""Settings of passwords, access tokens and logging in."""

from pydantic import Field, SecretStr

from app.config.base import EnvironmentSettings

ONE_YEAR_IN_MINUTES = 365 * 24 * 60


class AuthSettings(EnvironmentSettings):
    """The settings of tokens and of logging in: key, lifetime, limits."""

    secret_key: SecretStr = Field(min_length=32)
    access_token_minutes: int = Field(default=30, gt=0, le=ONE_YEAR_IN_MINUTES)
    password_hashes_at_once: int = Field(default=2, ge=1, le=64)
    login_window_minutes: int = Field(default=15, ge=1, le=24 * 60)
    login_attempts: int = Field(default=10, ge=1, le=1_000_000)
    login_attempts_per_account: int = Field(default=100, ge=1, le=1_000_000)
    login_attempts_per_address: int = Field(default=100, ge=1, le=1_000_000)


auth_settings = AuthSettings.load()
