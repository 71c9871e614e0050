"""A service, as far as its migrations know it."""

SERVICE_NAME = "my-api"
