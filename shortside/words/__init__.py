"""Words and units as people read them, and foreign text made fit to be shown."""
