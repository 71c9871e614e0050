"""The database that is adopted, and the first revision that is written from it."""
