"""Helpers for development. Nothing here runs in production."""
