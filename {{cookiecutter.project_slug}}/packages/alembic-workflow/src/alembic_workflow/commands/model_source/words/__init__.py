"""Names and texts of a file of models."""
