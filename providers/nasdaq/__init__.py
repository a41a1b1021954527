"""Nasdaq: the screener, the splits calendar and the symbol directory."""
