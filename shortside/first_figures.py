"""The figures that were published first, kept as what differs from those that hold now.

FINRA revises a few figures in a thousand; to keep all of them twice would cost a market of twenty thousand names as
much memory as its P&L does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.listings import Floats, Indexes


@dataclass(frozen=True, eq=False, slots=True)
class FirstFigures:
    """A matrix beside another one from which it hardly differs."""

    now: Floats
    """(K, N) what holds now."""
    places: Indexes
    """(d,) where the two differ, counted along the rows, ascending."""
    values: Floats
    """(d,) float64 what was there first; NaN where nothing was."""

    @classmethod
    def of(cls, now: Floats, first: Floats) -> FirstFigures:
        """Two (K, N) matrices, the second of which is not kept."""
        differs = (now != first) & ~(np.isnan(now) & np.isnan(first))
        places = np.flatnonzero(differs)
        return cls(now, places, first.ravel()[places].astype(np.float64))

    def row(self, row: int) -> Floats:
        """(N,) the first figures of a settlement."""
        width = self.now.shape[1]
        figures = self.now[row].astype(np.float64)
        start, after = np.searchsorted(self.places, (row * width, (row + 1) * width))
        figures[self.places[start:after] - row * width] = self.values[start:after]
        return np.asarray(figures)

    def differs(self, row: int) -> bool:
        """Whether any figure of a settlement was another one first."""
        width = self.now.shape[1]
        start, after = np.searchsorted(self.places, (row * width, (row + 1) * width))
        return bool(after > start)

    def at(self, row: int, column: int) -> float:
        """The first figure of a name at a settlement; NaN not reported."""
        place = row * self.now.shape[1] + column
        found = int(np.searchsorted(self.places, place))
        if found < len(self.places) and self.places[found] == place:
            return float(self.values[found])
        return float(self.now[row, column])
