"""Recordings of a session: written, read back and played."""
