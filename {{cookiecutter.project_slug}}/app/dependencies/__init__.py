"""Dependencies of the routes, besides the session."""
