"""Massive, once Polygon: grouped bars and share counts, with a key."""
