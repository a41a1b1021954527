"""Alerts: reads their rules, remembers what was told, rings, and keeps a journal of what happened."""
