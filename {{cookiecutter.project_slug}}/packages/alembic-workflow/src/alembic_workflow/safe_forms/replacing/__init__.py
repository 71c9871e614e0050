"""Parts of the forms in which a column takes the place of another one."""
