"""Connections, scratch databases, interruptions and errors."""
