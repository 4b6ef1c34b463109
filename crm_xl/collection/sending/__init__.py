"""Distribute: the list of departments, the lines to fill in, the manifest of what went out."""
