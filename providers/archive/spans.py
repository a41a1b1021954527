"""Stretches of sessions, each from one day to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

Span = tuple[date, date]
"""First and last day, both included."""


def without(spans: Sequence[Span], holes: Collection[date]) -> tuple[Span, ...]:
    """The spans with some days taken out of them."""
    kept, one = list(spans), timedelta(days=1)
    for day in sorted(holes):
        cut = [span for span in kept if span[0] <= day <= span[1]]
        kept = [span for span in kept if not span[0] <= day <= span[1]]
        kept += [(first, day - one) for first, _ in cut if first < day]
        kept += [(day + one, last) for _, last in cut if day < last]
    return tuple(kept)
