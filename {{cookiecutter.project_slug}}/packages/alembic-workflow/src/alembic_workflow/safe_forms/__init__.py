"""The safe form of each change of a schema: the revisions that do it while the service runs."""
