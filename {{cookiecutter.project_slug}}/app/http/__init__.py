"""HTTP around the routes: the application, errors, the log of requests, the pages of the API."""
