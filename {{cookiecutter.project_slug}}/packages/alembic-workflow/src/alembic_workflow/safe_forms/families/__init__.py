"""The safe forms, one module for each family of changes."""
