"""Linter of revisions: effects on a live service."""
