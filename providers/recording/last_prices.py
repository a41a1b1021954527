"""Tells the last price of every name at any tick of a recording, from checkpoints: as fast near its end as at first."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

import numpy as np

from shortside.listings import Floats, Indexes

if TYPE_CHECKING:
    from providers.recording.reader import Recording

MOVES_BETWEEN_CHECKPOINTS: Final = 2**18
"""How many moves are gone through at most, in a millisecond; they take 3 MB, a checkpoint of 7,000 names 56 kB."""


class LastPrices:
    """The prices that had moved in the market shown, at any tick. Made in a moment per ten million moves.

    Args:
        recording: whose ticks.
        spacing: moves between two checkpoints.
    """

    def __init__(self, recording: Recording, spacing: int = MOVES_BETWEEN_CHECKPOINTS) -> None:
        self._recording = recording
        self._ticks: list[int] = []
        """(C,) after how many ticks each checkpoint was taken, ascending."""
        self._prices: list[Floats] = []
        """(C,) of (N,) last prices since the market before it was read, NaN where none moved."""
        ends = [entry.ticks_before for entry in recording.markets[1:]] + [len(recording.tick_at)]
        for entry, end in zip(recording.markets, ends, strict=True):
            self._go_through(entry.ticks_before, end, spacing)

    def at(self, market: int, tick: int) -> tuple[Indexes, Floats]:
        """Codes of the names whose prices moved since a market was read, up to a tick, with their last prices."""
        first = self._recording.markets[market].ticks_before
        place = bisect_right(self._ticks, tick) - 1
        if place >= 0 and self._ticks[place] > first:
            prices, begin = self._prices[place].copy(), self._ticks[place]
        else:
            prices, begin = np.full(len(self._recording.symbols), np.nan), first
        codes, moved = self._recording.moves(begin, tick)
        # Of a name that moved several times the last assignment stands.
        prices[codes] = moved
        held = np.flatnonzero(~np.isnan(prices))
        return held, prices[held]

    def _go_through(self, first: int, end: int, spacing: int) -> None:
        ends, prices = self._recording.tick_ends, np.full(len(self._recording.symbols), np.nan)
        tick = first
        while tick < end:
            done = int(ends[tick - 1]) if tick else 0
            further = max(int(np.searchsorted(ends[:end], done + spacing, "left")) + 1, tick + 1)
            if further >= end:
                return
            codes, moved = self._recording.moves(tick, further)
            prices[codes] = moved
            tick = further
            self._ticks.append(tick)
            self._prices.append(prices.copy())
