"""What prices, share counts, net changes and positions say of splits, each witness by itself."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import Final

import numpy as np

from shortside.listings import Floats, Indexes, Listings
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
        return self.allows(ratio) and abs(log(self.factor / ratio)) < log(LARGEST_RETURN)

    def allows(self, ratio: float) -> bool:
        """Whether it is nearer to a split by a ratio than to none, however wild the day's return was then."""
        return abs(log(self.factor / ratio)) < abs(log(ratio)) / 2


class Witnesses:
    """The evidence in some listings. Nothing is looked at that the listings do not hold: known when they were."""

    def __init__(self, listings: Listings) -> None:
        self.listings = listings
        self.is_priced = np.isfinite(listings.close) & (listings.close > 0)
        self._rows_of: dict[int, list[int]] = {}

    def leap(self, column: int, row: int) -> Leap | None:
        """The price's change into the first session from a row on that has a price; None if the hole is too long."""
        rows = self._priced_rows(column)
        place = bisect_left(rows, row)
        if not 0 < place < len(rows):
            return None
        earlier, later = rows[place - 1 : place + 1]
        if later - earlier > LONGEST_GAP_SESSIONS:
            return None
        close = self.listings.close
        return Leap(column, later, float(close[later, column]) / float(close[earlier, column]))

    def _priced_rows(self, column: int) -> list[int]:
        """The sessions in which a name has a price; a name that is asked for once is asked for a dozen times."""
        if column not in self._rows_of:
            self._rows_of[column] = np.flatnonzero(self.is_priced[:, column]).tolist()
        return self._rows_of[column]

    def leaps(self) -> list[Leap]:
        """Every overnight change by more than the least split, session by session."""
        close, priced = self.listings.close, self.is_priced
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = close[1:] / close[:-1]
            is_far = (factor > LEAST_SPLIT_FACTOR) | (factor < 1 / LEAST_SPLIT_FACTOR)
        is_far &= priced[1:] & priced[:-1]
        rows, columns = np.nonzero(is_far)
        found = [(rows + 1, columns, factor[rows, columns])]
        # The first prices after a hole of some sessions.
        at, name = np.nonzero(priced[1:] & ~priced[:-1])
        for length in range(2, LONGEST_GAP_SESSIONS + 1):
            later = at + 1
            inside = later >= length
            begins = np.zeros(len(at), bool)
            begins[inside] = priced[later[inside] - length, name[inside]]
            old, new = close[later[begins] - length, name[begins]], close[later[begins], name[begins]]
            across = new / old
            far = (across > LEAST_SPLIT_FACTOR) | (across < 1 / LEAST_SPLIT_FACTOR)
            found.append((later[begins][far], name[begins][far], across[far]))
            at, name = at[~begins], name[~begins]
        rows, columns, factors = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.lexsort((columns, rows))
        places = zip(columns[order].tolist(), rows[order].tolist(), factors[order].tolist(), strict=True)
        return [Leap(column, row, factor) for column, row, factor in places]

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
        counts = self.counts
        with np.errstate(invalid="ignore"):
            factor = counts[:-1] / counts[1:]
            is_far = (factor > LEAST_SPLIT_FACTOR - 0.01) | (factor < 1 / (LEAST_SPLIT_FACTOR - 0.01))
        is_far &= np.isfinite(factor)
        rows, columns = np.nonzero(is_far)
        factors = factor[rows, columns].tolist()
        changes = zip(columns.tolist(), (rows + 1).tolist(), factors, strict=True)
        ratios = ((column, row, plain_ratio(one, COUNT_TOLERANCE)) for column, row, one in changes)
        return [(column, row, ratio) for column, row, ratio in ratios if ratio is not None]

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
        columns, rows, ratios = self.net_changes_told
        far = (ratios > LEAST_SPLIT_FACTOR - 0.02) | (ratios < 1 / (LEAST_SPLIT_FACTOR - 0.02))
        places = zip(columns[far].tolist(), rows[far].tolist(), strict=True)
        told = {place: plain_ratio(ratio) for place, ratio in zip(places, ratios[far].tolist(), strict=True)}
        return {place: ratio for place, ratio in told.items() if ratio is not None}

    @cached_property
    def net_changes_told(self) -> tuple[Indexes, Indexes, Floats]:
        """Column, session index and (close − it) over the close before of each net change that parts from that."""
        changes = self.listings.net_changes
        if changes is None:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        rows = np.searchsorted(self.listings.sessions, changes.session).astype(np.int64)
        # Half of all names part on a misdated session: it proves nothing.
        is_another = np.array(
            [is_misdated(parted, names) for parted, names in zip(changes.contradicted, changes.compared, strict=True)]
        )
        kept = ~is_another[rows]
        return changes.column[kept], rows[kept], changes.ratio[kept]
