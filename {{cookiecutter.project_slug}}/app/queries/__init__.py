"""Queries that more than one route needs, and who may see which rows."""
