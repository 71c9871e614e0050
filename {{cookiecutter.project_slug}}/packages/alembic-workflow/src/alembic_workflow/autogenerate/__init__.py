"""Revisions as `alembic revision --autogenerate` writes them."""
