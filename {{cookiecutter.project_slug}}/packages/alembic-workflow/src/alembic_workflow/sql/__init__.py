"""Text of SQL: names, strings, statements."""
