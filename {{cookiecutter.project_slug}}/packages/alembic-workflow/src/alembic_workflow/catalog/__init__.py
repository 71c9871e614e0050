"""What a database consists of, read from PostgreSQL's own catalog."""
