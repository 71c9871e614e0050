"""Passwords, access tokens, logging in."""
