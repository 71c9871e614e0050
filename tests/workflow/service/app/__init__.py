"""A service, as far as its migrations know it."""

SERVICE_NAME = "my-api"
VERSION_TABLE = "alembic_version_my_api"
