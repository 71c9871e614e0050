"""Things that no catalog compares and no model says, and that a first revision makes or names."""
