"""The schema and the history, drawn in Markdown."""
