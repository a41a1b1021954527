"""A stretch of sessions, from one day to another."""

from __future__ import annotations

from datetime import date

Span = tuple[date, date]
"""First and last day, both included."""
