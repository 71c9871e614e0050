"""What plain Alembic lacks. Knows Alembic and PostgreSQL and nothing of the app."""
