"""What a route asks for in its signature, besides the session."""
