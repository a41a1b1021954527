"""Shares traded in every session, kept as they were printed and restated for the one name somebody looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortside.arrays.stretches import stretches
from shortside.listings import Dates, Floats, Indexes, Splits

UNIT = 1e5
"""Shares that a one stands for where volumes are kept in two bytes: from a few shares to six billion fit."""


@dataclass(frozen=True, eq=False, slots=True)
class TradedShares:
    """The volumes of the listings a market was made of: as they are in a file, or each in two bytes."""

    printed: Floats
    """(T', N') shares a session over `unit`, as the listings have them, unadjusted; NaN where there was no price."""
    unit: float
    rows: slice
    """Which of the listings' sessions are in view."""
    columns: Indexes | None
    """(N,) which of their names are; None for all."""
    sessions: Dates
    """(T,) the sessions in view."""
    splits: Splits
    """The splits of the names in view."""

    @classmethod
    def kept_from(
        cls, volume: Floats, rows: slice, columns: Indexes | None, sessions: Dates, splits: Splits
    ) -> TradedShares:
        """Volumes that hold no memory worth speaking of.

        What is mapped from a file costs nothing until it is looked at. An array in memory would be kept alive by it,
        14 MB of seven thousand names; in half precision, a two-thousandth of the figure, it takes half of that.
        """
        if volume.flags.owndata:
            printed = in_two_bytes(volume)
            return cls(printed, UNIT, rows, columns, sessions, splits)
        return cls(volume, 1.0, rows, columns, sessions, splits)

    def of(self, column: int) -> Floats:
        """(T,) float64 shares of one name a session, on the split basis of the last one; NaN unknown."""
        place = column if self.columns is None else int(self.columns[column])
        volume = self.printed[self.rows, place].astype(np.float64) * self.unit
        for row, factor in splits_of_name(self.splits, column, self.sessions):
            volume[:row] /= factor
        return volume

    def last(self, count: int) -> Floats:
        """(≤ count, N) float64 shares of every name in the last sessions, on the split basis of the last one."""
        rows = self.printed[self.rows][-count:]
        volume = (rows if self.columns is None else rows[:, self.columns]).astype(np.float64)
        if self.unit != 1.0:
            volume *= self.unit
        sessions = self.sessions[-len(volume) :]
        is_inside = (self.splits.ex_date > sessions[0]) & (self.splits.ex_date <= sessions[-1])
        for event in np.flatnonzero(is_inside).tolist():
            row = int(np.searchsorted(sessions, self.splits.ex_date[event]))
            volume[:row, self.splits.column[event]] /= self.splits.price_factor[event]
        return volume


def in_two_bytes(volume: Floats) -> npt.NDArray[np.float16]:
    """(T, N) volumes over `UNIT` in half precision."""
    # What does not fit is better unknown than wrong.
    largest = UNIT * float(np.finfo(np.float16).max)
    printed = np.empty(volume.shape, np.float16)
    with np.errstate(over="ignore"):
        # A few sessions at a time, so that what is between the two stays in the cache.
        for stretch in stretches(*volume.shape):
            shares, part = volume[stretch], printed[stretch]
            part[:] = shares / np.float32(UNIT)
            if (is_too_large := shares >= largest).any():
                part[is_too_large] = np.nan
    return printed


def splits_of_name(splits: Splits, column: int, sessions: Dates) -> list[tuple[int, float]]:
    """A name's splits up to the last session, by ex-date: the first session on the new basis, and the price factor.

    A row of 0 is a split before the first session in view, which changes nothing there.
    """
    events = np.flatnonzero((splits.column == column) & (splits.ex_date <= sessions[-1]))
    rows = np.searchsorted(sessions, splits.ex_date[events])
    found = zip(rows.tolist(), splits.price_factor[events].tolist(), strict=True)
    return sorted((int(row), float(factor)) for row, factor in found)
