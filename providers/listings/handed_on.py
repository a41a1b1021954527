"""Says which securities ended when, and whether a symbol's price goes on from another's rather than from its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from providers.listings.renames import FEWEST_SHARES, LARGEST_LEAP
from shortside.listings import Flags, Floats, Indexes, Listings
from shortside.net_changes import is_misdated
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
        self._ended: dict[int, list[int]] = {}
        self._with_position: dict[int, list[int]] = {}
        self._is_stock: dict[int, bool] = {}
        for column in np.flatnonzero(self.is_priced.any(axis=0) & (self.last < len(self.is_priced) - 1)).tolist():
            self._ended.setdefault(int(self.last[column]) + 1, []).append(column)

    def is_stock(self, column: int) -> bool:
        """Whether a security is in stock totals. Warrants and rights end in every session, at prices like others'."""
        if column not in self._is_stock:
            kind = kind_of(str(self.listings.symbols[column]), str(self.listings.names[column]))
            self._is_stock[column] = kind in STOCK_KINDS
        return self._is_stock[column]

    def ended_before(self, row: int) -> list[int]:
        """Columns whose last price is of the session before, with a position in the newest report by then."""
        if row not in self._with_position:
            self._with_position[row] = self._ended_with_position(row)
        return self._with_position[row]

    def _ended_with_position(self, row: int) -> list[int]:
        listings = self.listings
        reported = int(np.searchsorted(listings.settlements, listings.sessions[row])) - 1
        if reported < 0:
            return []
        short = listings.shares_short[reported]
        return [one for one in self._ended.get(row, ()) if short[one] >= FEWEST_SHARES]

    def strange_changes(self, least: float) -> tuple[Indexes, Indexes, Floats]:
        """Column, session index and previous close of each net change that is far from the symbol's own close."""
        changes, listings = self.listings.net_changes, self.listings
        if changes is None:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        rows = np.searchsorted(listings.sessions, changes.session)
        pairs = zip(changes.contradicted.tolist(), changes.compared.tolist(), strict=True)
        is_another = np.array([is_misdated(parted, names) for parted, names in pairs], bool)
        far = np.flatnonzero((np.abs(np.log(changes.ratio)) > np.log(least)) & ~is_another[rows])
        columns, rows = changes.column[far], rows[far]
        return columns, rows, changes.ratio[far] * listings.close[rows - 1, columns].astype(np.float64)

    def against_a_close_of_another(self, least: float, near: Near) -> Iterator[tuple[int, int, float, int]]:
        """The strange changes, each with a name that ended the session before, at about what the change is against.

        Args:
            least: how far the change is to be from the symbol's own close.
            near: (n,) USD by which the other's close may be off, for what so many changes are against.
        """
        columns, rows, official = self.strange_changes(least)
        if not len(rows):
            return
        found: list[tuple[int, int]] = []
        order = np.argsort(rows, kind="stable")
        ranked, begins = np.unique(rows[order], return_index=True)
        for row, places in zip(ranked.tolist(), np.split(order, begins[1:]), strict=True):
            ended = self.ended_before(row)
            if ended:
                closes = self.listings.close[row - 1, ended].astype(np.float64)
                gaps = np.abs(closes - official[places, None])
                at, other = np.nonzero(gaps < near(official[places])[:, None])
                found += zip(places[at].tolist(), [ended[one] for one in other.tolist()], strict=True)
        for place, ender in sorted(found):
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
