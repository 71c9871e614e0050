"""The history, applied to scratch databases."""
