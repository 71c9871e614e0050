"""Renames: found, asked about or given, and what follows from them."""
