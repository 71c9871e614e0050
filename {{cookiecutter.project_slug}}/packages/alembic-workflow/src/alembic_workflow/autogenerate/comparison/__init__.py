"""Alembic's comparison of models and database, held to what the catalogs say."""
