"""Upgrades of a live database."""
