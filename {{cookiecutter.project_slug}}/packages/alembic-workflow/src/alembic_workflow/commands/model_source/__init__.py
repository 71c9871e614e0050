"""The source of models that say what a catalog says."""
