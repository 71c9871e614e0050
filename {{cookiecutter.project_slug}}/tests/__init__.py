"""Tests. They run in databases of their own, see `databases.py`."""
