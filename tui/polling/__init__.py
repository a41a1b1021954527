"""Polling the public providers for the monitor, and reading the market anew when something arrives."""
