"""Says which securities ended when, and whether a symbol's price goes on from another's rather than from its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

import numpy as np

from providers.listings.renames import FEWEST_SHARES, LARGEST_LEAP
from shortside.listings import Flags, Floats, Indexes, Listings
from shortside.net_changes import are_misdated
from shortside.universe import STOCK_KINDS, kind_of

LEAST_VALUE_LEAP: Final = 1.6
"""By how much market value, price by share count, must change in a session for two companies to be behind it."""
COUNT_DELAY_SESSIONS: Final = 5
"""Sessions by which the share count may follow."""
SPLIT_SPAN_SESSIONS: Final = 3
"""Sessions about a listed split of the symbol within which another previous close is the split's."""

Near = Callable[[Floats], Floats]


class HandedOn:
    """What speaks for one security going on as another, in some listings."""

    def __init__(self, listings: Listings) -> None:
        self.listings = listings
        self.is_priced: Flags = np.isfinite(listings.close)
        self.last: Indexes = len(self.is_priced) - 1 - self.is_priced[::-1].argmax(axis=0)
        self._is_stock: dict[int, bool] = {}

    def is_stock(self, column: int) -> bool:
        """Whether a security is in stock totals. Warrants and rights end in every session, at prices like others'."""
        if column not in self._is_stock:
            kind = kind_of(str(self.listings.symbols[column]), str(self.listings.names[column]))
            self._is_stock[column] = kind in STOCK_KINDS
        return self._is_stock[column]

    @cached_property
    def _ended(self) -> tuple[Indexes, Indexes]:
        """Columns that ended with a position in the newest report by then, and the session after their last price.

        They stand in the order of these sessions.
        """
        listings = self.listings
        columns = np.flatnonzero(self.is_priced.any(axis=0) & (self.last < len(self.is_priced) - 1))
        rows = self.last[columns] + 1
        reported = np.searchsorted(listings.settlements, listings.sessions[rows]) - 1
        is_held = np.zeros(len(columns), bool)
        is_out = reported >= 0
        is_held[is_out] = listings.shares_short[reported[is_out], columns[is_out]] >= FEWEST_SHARES
        order = np.argsort(rows[is_held], kind="stable")
        return columns[is_held][order], rows[is_held][order]

    @cached_property
    def _changes(self) -> tuple[Indexes, Indexes, Floats]:
        """Column, session index and ratio of each net change of a session that is what it says it is."""
        changes = self.listings.net_changes
        if changes is None:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        rows = np.searchsorted(self.listings.sessions, changes.session)
        told = ~are_misdated(changes.contradicted, changes.compared)[rows]
        return changes.column[told], rows[told], changes.ratio[told]

    def strange_changes(self, least: float) -> tuple[Indexes, Indexes, Floats]:
        """Column, session index and previous close of each net change that is far from the symbol's own close."""
        columns, rows, ratios = self._changes
        far = np.abs(np.log(ratios)) > np.log(least)
        columns, rows = columns[far], rows[far]
        return columns, rows, ratios[far] * self.listings.close[rows - 1, columns].astype(np.float64)

    def against_a_close_of_another(self, least: float, near: Near) -> Iterator[tuple[int, int, float, int]]:
        """The strange changes, each with a name that ended the session before, at about what the change is against.

        Args:
            least: how far the change is to be from the symbol's own close.
            near: (n,) USD by which the other's close may be off, for what so many changes are against.
        """
        columns, rows, official = self.strange_changes(least)
        others, ended = self._ended
        begins, ends = (np.searchsorted(ended, rows, side) for side in ("left", "right"))
        # Each change once for each that ended then.
        times = ends - begins
        at = np.repeat(np.arange(len(rows)), times)
        other = others[np.arange(len(at)) - np.repeat(np.cumsum(times) - times - begins, times)]
        gaps = np.abs(self.listings.close[rows[at] - 1, other].astype(np.float64) - official[at])
        is_near = gaps < near(official)[at]
        for place, ender in zip(at[is_near].tolist(), other[is_near].tolist(), strict=True):
            yield int(columns[place]), int(rows[place]), float(official[place]), ender

    def value_leaps(self, column: int, row: int) -> bool:
        """Whether market value leaps as no split lets it: the share count changes, and not by what the price did."""
        counts = self.listings.shares_outstanding[:, column]
        before, after = (
            part[np.isfinite(part)] for part in (counts[:row], counts[row : row + COUNT_DELAY_SESSIONS + 1])
        )
        if not len(before) or not len(after):
            return False
        factor = float(after[-1]) / float(before[-1])
        leap = float(self.listings.close[row, column]) / float(self.listings.close[row - 1, column])
        return bool(min(abs(np.log(factor)), abs(np.log(factor * leap))) > np.log(LEAST_VALUE_LEAP))

    def follows(self, column: int, buyer: int, row: int) -> bool:
        """Whether a stock's price of a session follows another's last one rather than its own, and no split is why."""
        if column == buyer or not self.is_stock(buyer):
            return False
        last = int(self.last[buyer])
        return last < row and self.goes_on_from(column, row, float(self.listings.close[last, buyer]))

    def goes_on_from(self, column: int, row: int, before: float) -> bool:
        """Whether a stock's price of a session follows some price rather than its own one, and no split is why."""
        close, events = self.listings.close, self.listings.splits
        if not (self.is_priced[row, column] and self.is_priced[row - 1, column]):
            return False
        splits = np.searchsorted(self.listings.sessions, events.ex_date[events.column == column])
        if (np.abs(splits - row) <= SPLIT_SPAN_SESSIONS).any():
            return False
        theirs, own = (abs(np.log(float(close[row, column]) / one)) for one in (before, float(close[row - 1, column])))
        return bool(theirs < own and theirs < np.log(LARGEST_LEAP)) and self.is_stock(column)
