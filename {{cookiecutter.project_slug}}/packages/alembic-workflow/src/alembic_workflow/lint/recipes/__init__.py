"""The safe form of what a revision does, as a person pastes it."""
