"""What `alembic revision --autogenerate` writes."""
