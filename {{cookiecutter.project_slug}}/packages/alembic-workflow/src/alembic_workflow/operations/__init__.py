"""What revisions call."""
