"""The objects of a database, read from PostgreSQL's own catalog."""
