"""What prices, share counts, net changes and positions say of splits, each witness by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from shortside.listings import Floats, Listings
from shortside.net_changes import is_misdated
from shortside.plain_ratios import LEAST_SPLIT_FACTOR, plain_ratio

COUNT_TOLERANCE: Final = 0.003
"""How far a change of the share count may be from a plain ratio: it is printed to the share."""
COUNT_DELAY_SESSIONS: Final = 5
"""Sessions by which the share count may be ahead of the price, or behind it."""
LARGEST_RETURN: Final = 1.6
"""What the price may have done apart from the split, either way, on the day."""
LONGEST_GAP_SESSIONS: Final = 5
"""Sessions without a price across which a leap is still one day's."""
PRICE_TOLERANCE: Final = 0.05
"""How far a leap may be from a plain ratio to be worth a doubt: the day's own return is in it."""


@dataclass(frozen=True, slots=True)
class Leap:
    """The change of one name's price over one night."""

    column: int
    row: int
    """Session index of the later price."""
    factor: float
    """The later price over the earlier one."""

    def fits(self, ratio: float) -> bool:
        """Whether it is a split by a ratio and an ordinary day's return, rather than the return alone."""
        return self.allows(ratio) and bool(abs(np.log(self.factor / ratio)) < np.log(LARGEST_RETURN))

    def allows(self, ratio: float) -> bool:
        """Whether it is nearer to a split by a ratio than to none, however wild the day's return was then."""
        return bool(abs(np.log(self.factor / ratio)) < abs(np.log(ratio)) / 2)


class Witnesses:
    """The evidence in some listings. Nothing is looked at that the listings do not hold: known when they were."""

    def __init__(self, listings: Listings) -> None:
        self.listings = listings
        priced = np.isfinite(listings.close) & (listings.close > 0)
        at = np.where(priced, np.arange(len(priced))[:, None], -1)
        self.last_priced = np.maximum.accumulate(at, axis=0)
        """(T, N) the newest session with a price, up to each; −1 before the first."""
        self.is_priced = priced

    def leap(self, column: int, row: int) -> Leap | None:
        """The price's change into the first session from a row on that has a price; None if the hole is too long."""
        rows = np.flatnonzero(self.is_priced[row : row + LONGEST_GAP_SESSIONS + 1, column])
        if not row or not len(rows):
            return None
        later, earlier = row + int(rows[0]), int(self.last_priced[row - 1, column])
        if earlier < 0 or later - earlier > LONGEST_GAP_SESSIONS:
            return None
        close = self.listings.close
        return Leap(column, later, float(close[later, column]) / float(close[earlier, column]))

    def leaps(self) -> list[Leap]:
        """Every overnight change by more than the least split."""
        found: list[Leap] = []
        close = self.listings.close
        for row in range(1, len(close)):
            before = self.last_priced[row - 1]
            old = np.where(before >= 0, close[before, np.arange(len(before))], np.nan)
            with np.errstate(invalid="ignore", divide="ignore"):
                factor = close[row] / old
                is_far = (factor > LEAST_SPLIT_FACTOR) | (factor < 1 / LEAST_SPLIT_FACTOR)
            columns = np.flatnonzero(is_far & self.is_priced[row] & (row - before <= LONGEST_GAP_SESSIONS)).tolist()
            found.extend(Leap(column, row, float(factor[column])) for column in columns)
        return found

    @cached_property
    def counts(self) -> Floats:
        """(T, N) the share counts as printed, gaps carried forward."""
        counts = self.listings.shares_outstanding.copy()
        counts[~(counts > 0)] = np.nan
        for row in range(1, len(counts)):
            np.copyto(counts[row], counts[row - 1], where=np.isnan(counts[row]))
        return counts

    @cached_property
    def count_changes(self) -> list[tuple[int, int, float]]:
        """Column, session index and ratio of each change of a share count by a plain ratio, as a price factor."""
        found = []
        for row in range(1, len(self.counts)):
            with np.errstate(invalid="ignore"):
                factor = self.counts[row - 1] / self.counts[row]
                is_far = (factor > LEAST_SPLIT_FACTOR - 0.01) | (factor < 1 / (LEAST_SPLIT_FACTOR - 0.01))
            for column in np.flatnonzero(is_far & np.isfinite(factor)).tolist():
                ratio = plain_ratio(float(factor[column]), COUNT_TOLERANCE)
                if ratio is not None:
                    found.append((column, row, ratio))
        return found

    def count_stood_still(self, column: int, row: int) -> bool:
        """Whether the share count was printed for long after a session and did not change about it."""
        printed = np.isfinite(self.listings.shares_outstanding[:, column])
        around = self.counts[max(row - COUNT_DELAY_SESSIONS - 1, 0) : row + COUNT_DELAY_SESSIONS + 1, column]
        is_told = printed[row + COUNT_DELAY_SESSIONS :].any() and printed[:row].any()
        with np.errstate(invalid="ignore"):
            return (
                bool(is_told and np.nanmax(around) < LEAST_SPLIT_FACTOR * np.nanmin(around))
                if np.isfinite(around).any()
                else False
            )

    def position(self, leap: Leap, ratio: float) -> bool | None:
        """Whether FINRA's next report moved as by a split, or has the flag; None while it is not there.

        Shares short move by what is sold and covered as well; what is nearer to the split than to none speaks for it.
        """
        listings = self.listings
        day = listings.sessions[leap.row]
        after = int(np.searchsorted(listings.settlements, day))
        if after >= len(listings.settlements):
            return None
        later = listings.shares_short[after, leap.column]
        earlier = listings.shares_short[after - 1, leap.column] if after else np.nan
        if listings.split_flag[after, leap.column]:
            return True
        if not later > 0 or not earlier > 0:
            return None
        moved = np.log(later / earlier)
        return bool(abs(moved + np.log(ratio)) < abs(moved))

    def is_short(self, leap: Leap) -> bool:
        """Whether anything was short at the settlement before: else nothing hangs on what the leap was."""
        listings = self.listings
        before = int(np.searchsorted(listings.settlements, listings.sessions[leap.row])) - 1
        return before >= 0 and bool(listings.shares_short[before, leap.column] > 0)

    @cached_property
    def net_changes(self) -> dict[tuple[int, int], float]:
        """Column and session index of each net change that tells a plain ratio, with that ratio."""
        told = {place: plain_ratio(factor) for place, factor in self.net_changes_told.items() if _is_far(factor)}
        return {place: ratio for place, ratio in told.items() if ratio is not None}

    @cached_property
    def net_changes_told(self) -> dict[tuple[int, int], float]:
        """Column and session index of each net change that parts from the close before, with (close − it) over that."""
        changes = self.listings.net_changes
        if changes is None:
            return {}
        rows = np.searchsorted(self.listings.sessions, changes.session)
        # Half of all names part on a misdated session: it proves nothing.
        is_another = np.array(
            [is_misdated(parted, names) for parted, names in zip(changes.contradicted, changes.compared, strict=True)]
        )
        kept = ~is_another[rows]
        places = zip(changes.column[kept].tolist(), rows[kept].tolist(), strict=True)
        return dict(zip(places, changes.ratio[kept].tolist(), strict=True))


def _is_far(factor: float) -> bool:
    return factor > LEAST_SPLIT_FACTOR - 0.02 or factor < 1 / (LEAST_SPLIT_FACTOR - 0.02)
