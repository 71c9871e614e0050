"""What a revision would do to a live service."""
