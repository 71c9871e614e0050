"""What no catalog compares and no model says, and a first revision makes or names."""
