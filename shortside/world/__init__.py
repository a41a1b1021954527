"""Sums a history of the whole market by periods and groups, some names at a time."""
