"""The files source: a folder of the user's own market data."""
