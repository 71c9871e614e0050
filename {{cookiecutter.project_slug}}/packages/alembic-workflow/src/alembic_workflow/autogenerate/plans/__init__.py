"""Plans: the revisions that make a change in its safe form, in their order."""
