"""Rows for tables of which only the catalog is known.

A revision that works on empty tables may fail on tables with rows.
"""
