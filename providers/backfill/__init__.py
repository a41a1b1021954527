"""Fetches the past: what is held, what is missing, and how to ask for it."""
