"""Builders of rows: each commits one, and takes any column to set instead of its default."""
