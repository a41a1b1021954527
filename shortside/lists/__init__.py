"""Lists of names in texts: read, changed and imported."""
