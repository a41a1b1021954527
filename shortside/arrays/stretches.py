"""Cuts tables of many sessions into stretches whose figures stay in a processor's cache while they are worked on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

CELLS: Final = 16_384
"""Figures of a stretch; a few arrays of as many fit."""


def stretches(sessions: int, names: int) -> Iterator[slice]:
    """Runs of sessions that follow one another, each of at least one, of tables of so many sessions and names."""
    step = max(CELLS // max(names, 1), 1)
    for start in range(0, sessions, step):
        yield slice(start, min(start + step, sessions))
