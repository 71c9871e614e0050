"""Settings, read from the environment and then from `.env`."""

from app.config.service import Settings

__all__ = ["Settings", "settings"]

settings = Settings.load()
