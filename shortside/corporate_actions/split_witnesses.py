"""What prices, share counts, net changes and positions say of splits, each witness by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import log
from typing import Final

import numpy as np

from shortside.arrays.gaps import carry_forward
from shortside.arrays.ranked_values import distinct
from shortside.corporate_actions.night_steps import LONGEST_GAP_SESSIONS, NightSteps, StepsAtHand
from shortside.corporate_actions.plain_ratios import LEAST_SPLIT_FACTOR, plain_ratios
from shortside.listings import Flags, Floats, Indexes, Listings
from shortside.net_changes import are_misdated
from shortside.universe import kinds_of, members

COUNT_DELAY_SESSIONS: Final = 5
"""Sessions by which the share count may be ahead of the price, or behind it."""
LARGEST_RETURN: Final = 1.6
"""What the price may have done apart from the split, either way, on the day."""


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


@dataclass(frozen=True, eq=False, slots=True)
class Leaps:
    """Changes of prices over a night each. E of them."""

    columns: Indexes
    """(E,) whose price it is."""
    rows: Indexes
    """(E,) session indexes of the later prices."""
    factors: Floats
    """(E,) the later price over the earlier one."""

    def one(self, place: int) -> Leap:
        """One of them."""
        return Leap(int(self.columns[place]), int(self.rows[place]), float(self.factors[place]))

    def of(self, kept: Flags | Indexes) -> Leaps:
        """Some of them."""
        return Leaps(self.columns[kept], self.rows[kept], self.factors[kept])


class Witnesses:
    """The evidence in some listings. Nothing is looked at that the listings do not hold: known when they were.

    Args:
        listings: whose prices, counts, net changes and positions are heard.
        steps: of their prices and counts, where somebody has them already.
    """

    def __init__(self, listings: Listings, steps: NightSteps | StepsAtHand | None = None) -> None:
        self.listings = listings
        self._steps = steps or NightSteps(listings.close, listings.shares_outstanding)
        self._is_asked, self._is_stock = (np.zeros(len(listings.symbols), bool) for _ in range(2))

    def are_stocks(self, columns: Indexes) -> Flags:
        """(n,) whether each of some names is in stock totals. Each name is judged once."""
        asked = distinct(columns[~self._is_asked[columns]])
        self._is_asked[asked] = True
        self._is_stock[asked] = members(kinds_of(self.listings.symbols[asked], self.listings.names[asked]))
        return self._is_stock[columns]

    def leap(self, column: int, row: int) -> Leap | None:
        """The price's change into the first session from a row on that has a price; None if the hole is too long."""
        leaps = self.leaps_into(np.array([column]), np.array([row]))
        return leaps.one(0) if leaps.rows[0] >= 0 else None

    def leaps_into(self, columns: Indexes, rows: Indexes) -> Leaps:
        """(E,) the change of each price into the first session from a row on that has one.

        Where the hole there is too long, or nothing comes before it, the row is −1 and the factor NaN.
        """
        close = self.listings.close
        total = len(close)
        later, earlier = np.full(len(rows), -1), np.full(len(rows), -1)
        ways = (later, range(LONGEST_GAP_SESSIONS)), (earlier, range(-1, -LONGEST_GAP_SESSIONS - 1, -1))
        for found, steps in ways:
            for step in steps:
                at = rows + step
                asked = np.flatnonzero((found < 0) & (at >= 0) & (at < total))
                if len(asked):
                    is_there = _are_prices(close[at[asked], columns[asked]])
                    found[asked[is_there]] = at[asked[is_there]]
        is_one = (later >= 0) & (earlier >= 0) & (later - earlier <= LONGEST_GAP_SESSIONS)
        factors = np.full(len(rows), np.nan)
        new, old = (close[one[is_one], columns[is_one]].astype(np.float64) for one in (later, earlier))
        factors[is_one] = new / old
        return Leaps(columns, np.where(is_one, later, -1), factors)

    def plain_leaps(self) -> Leaps:
        """Every overnight change that is near a plain ratio, session by session."""
        found = self._steps.plain_leaps
        return Leaps(found.columns, found.rows, found.factors)

    @cached_property
    def count_changes(self) -> Leaps:
        """Each change of a share count by a plain ratio, which stands as its price factor, session by session."""
        found = self._steps.count_changes
        return Leaps(found.columns, found.rows, found.factors)

    def count_stood_still(self, column: int, row: int) -> bool:
        """Whether the share count was printed for long after a session and did not change about it."""
        return bool(self.counts_stood_still(np.array([column]), np.array([row]))[0])

    def counts_stood_still(self, columns: Indexes, rows: Indexes) -> Flags:
        """(E,) whether each name's share count was printed for long after a session and did not change about it."""
        about = rows + np.arange(-COUNT_DELAY_SESSIONS - 1, COUNT_DELAY_SESSIONS + 1)[:, None]
        total = len(self.listings.shares_outstanding)
        around = self.listings.shares_outstanding[about.clip(0, total - 1), columns]
        # Where a count was printed at both ends, no other session tells anything, and most names are asked no further.
        is_printed = np.isfinite(around)
        is_enough = (about[0] >= 0) & (about[-1] < total) & (around[0] > 0) & is_printed[0] & is_printed[-1]
        others = np.flatnonzero(~is_enough)
        is_told = is_enough.copy()
        around = np.where(around > 0, around, np.float32(np.nan))
        carry_forward(around)
        is_told[others], around[:, others] = self._counts_about(columns[others], rows[others], about[:, others])
        is_known = np.isfinite(around) & (about >= 0) & (about < total)
        # Across no count at all, the least is above the most.
        most, least = (
            one.reduce(around, axis=0, where=is_known, initial=start)
            for one, start in ((np.maximum, -np.inf), (np.minimum, np.inf))
        )
        return np.asarray(is_told & is_known.any(axis=0) & (most < LEAST_SPLIT_FACTOR * least))

    def _counts_about(self, columns: Indexes, rows: Indexes, about: Indexes) -> tuple[Flags, Floats]:
        """(E,) whether a share count was printed before a session, and long after it, and the counts about it.

        Args:
            columns: (E,) the names.
            rows: (E,) the sessions.
            about: (n, E) the sessions about each; one without a count has the one before it.
        """
        asked = distinct(columns)
        at = np.searchsorted(asked, columns)
        counts = self.listings.shares_outstanding.take(asked, axis=1)
        total, printed = len(counts), np.isfinite(counts)
        has_any, first_printed = np.asarray(printed.any(axis=0))[at], printed.argmax(axis=0)[at]
        last_printed = (total - 1 - printed[::-1].argmax(axis=0))[at]
        is_told = has_any & (last_printed >= rows + COUNT_DELAY_SESSIONS) & (first_printed < rows)
        sessions = np.where(counts > 0, np.arange(total, dtype=np.int16)[:, None], np.int16(-1))
        newest = np.maximum.accumulate(sessions, axis=0)[about.clip(0, total - 1), at]
        return is_told, np.where(newest >= 0, counts[newest, at], np.nan)

    def position(self, leap: Leap, ratio: float) -> bool | None:
        """Whether FINRA's next report moved as by a split, or has the flag; None while it is not there.

        Shares short move by what is sold and covered as well; what is nearer to the split than to none speaks for it.
        """
        leaps = Leaps(np.array([leap.column]), np.array([leap.row]), np.array([leap.factor]))
        is_told, moved = self.positions(leaps, np.array([ratio]))
        return bool(moved[0]) if is_told[0] else None

    def positions(self, leaps: Leaps, ratios: Floats) -> tuple[Flags, Flags]:
        """(E,) whether FINRA's next report tells anything of each leap, and (E,) whether it moved as by a split."""
        listings, columns = self.listings, leaps.columns
        unknown = np.zeros(len(columns), bool)
        if not len(listings.settlements):
            return unknown, unknown
        after = np.searchsorted(listings.settlements, listings.sessions[leaps.rows])
        is_out = after < len(listings.settlements)
        at = np.where(is_out, after, 0)
        later = listings.shares_short[at, columns]
        earlier = np.where(after > 0, listings.shares_short[at - 1, columns], np.nan)
        is_flagged = is_out & listings.split_flag[at, columns]
        with np.errstate(invalid="ignore", divide="ignore"):
            both = is_out & (later > 0) & (earlier > 0)
            moved = np.log(later / earlier)
            is_moved = np.abs(moved + np.log(ratios)) < np.abs(moved)
        return is_flagged | both, is_flagged | (both & is_moved)

    def is_short(self, leap: Leap) -> bool:
        """Whether anything was short at the settlement before: else nothing hangs on what the leap was."""
        return bool(self.were_short(Leaps(np.array([leap.column]), np.array([leap.row]), np.array([leap.factor])))[0])

    def were_short(self, leaps: Leaps) -> Flags:
        """(E,) whether anything was short at the settlement before each leap."""
        listings = self.listings
        before = np.searchsorted(listings.settlements, listings.sessions[leaps.rows]) - 1
        is_there = before >= 0
        short = np.zeros(len(before), bool)
        short[is_there] = listings.shares_short[before[is_there], leaps.columns[is_there]] > 0
        return short

    @cached_property
    def net_changes(self) -> dict[tuple[int, int], float]:
        """Column and session index of each net change that tells a plain ratio, with that ratio."""
        columns, rows, ratios = self.net_changes_told
        far = (ratios > LEAST_SPLIT_FACTOR - 0.02) | (ratios < 1 / (LEAST_SPLIT_FACTOR - 0.02))
        plain = plain_ratios(ratios[far])
        is_plain = ~np.isnan(plain)
        places = zip(columns[far][is_plain].tolist(), rows[far][is_plain].tolist(), strict=True)
        return dict(zip(places, plain[is_plain].tolist(), strict=True))

    @cached_property
    def net_changes_told(self) -> tuple[Indexes, Indexes, Floats]:
        """Column, session index and (close − it) over the close before of each net change that parts from that."""
        changes = self.listings.net_changes
        if changes is None:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        rows = np.searchsorted(self.listings.sessions, changes.session).astype(np.int64)
        # Half of all names part on a misdated session: it proves nothing.
        kept = ~are_misdated(changes.contradicted, changes.compared)[rows]
        return changes.column[kept], rows[kept], changes.ratio[kept]


def _are_prices(closes: Floats) -> Flags:
    return np.asarray(np.isfinite(closes) & (closes > 0))
