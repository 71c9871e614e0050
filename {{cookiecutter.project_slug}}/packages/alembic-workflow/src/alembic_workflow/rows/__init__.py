"""Rows for tables that have none, made from the catalog alone."""
