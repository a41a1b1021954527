"""The terminal: what is sent to it, read from it and left behind on it."""
