"""P&L of a window net of what the borrow cost: over the days whose fee is known, and over no others.

What was paid is Σ Q_{t−1}·P_{t−1}·fee_{t−1} × calendar days / 360 over the sessions t of the window, where fee_{t−1}
stood on the evening of the session before. Days of which no fee is known are in no sum, neither of P&L nor of cost.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from shortside.book import Book
from shortside.breadth import quotient
from shortside.listings import Flags, Floats, Indexes
from shortside.loans.history import LoanHistory
from shortside.market import Market
from shortside.windows import Window

FINANCING_DAYS: Final = 360
"""S3 and Interactive Brokers charge a day's borrow as fee / 360."""


class NetOfBorrow:
    """What each name's shorts earned and paid in a window. N names.

    Args:
        market: whose names.
        book: of their positions.
        window: of which sessions.
        included: (N,) the names that count; the others have no figures.
        history: the fees of the same names over time.
    """

    def __init__(self, market: Market, book: Book, window: Window, included: Flags, history: LoanHistory) -> None:
        self.history = history
        self._walk(market, book, window, included)

    paid: Floats
    """(N,) USD over the days of the window whose fee is known; NaN where there is none."""
    dollar_days: Floats
    """(N,) Σ short interest × calendar days of the window."""
    covered_dollar_days: Floats
    """(N,) those whose fee is known."""
    _is_covered: Flags
    """(N,) names with a day whose fee is known."""
    _closed: Floats
    """(N,) gross P&L of the days whose fee is known, without that of the market's last session."""
    _shares: Floats | None = None
    """(N,) shares short into the market's last session, where its fee is known, else 0; None where it is not of it."""
    _price_before: Floats
    """(N,) the close before that session."""

    def _walk(self, market: Market, book: Book, window: Window, counted: Flags) -> None:
        sessions = market.sessions
        last, names = len(sessions) - 1, len(market.symbols)
        rows = self.history.rows_in_force(sessions[window.start : window.end])
        gaps = np.diff(sessions[window.start : window.end + 1]).astype(np.float64)
        # Nobody is short of a name before its first price, so that the sums of such sessions are zero by themselves.
        paid, profit, held, covered = (np.zeros(names) for _ in range(4))
        price = market.close[window.start].astype(np.float64)
        owed, cost = np.empty_like(price), np.empty_like(price)
        walk = book.positions.along(range(window.start, window.end))
        for session, shares, row, days in zip(
            range(window.start, window.end), walk, rows.tolist(), gaps.tolist(), strict=True
        ):
            later = market.close[session + 1].astype(np.float64)
            np.multiply(shares, price, out=owed)
            if days != 1:
                owed *= days
            held += owed
            if row >= 0:
                fees = self.history.fees[row]
                np.multiply(owed, fees, out=cost)
                # Put right by place: sums with a mask take three times as long.
                unknown = np.flatnonzero(~np.isfinite(fees))
                owed[unknown] = cost[unknown] = 0.0
                covered += owed
                paid += cost
                if session + 1 == last:
                    # Its price moves: what it made is told anew whenever it is asked for.
                    self._price_before, self._shares = price, shares.copy()
                    self._shares[unknown] = 0.0
                else:
                    price -= later
                    price *= shares
                    price[unknown] = 0.0
                    profit += price
            price = later
        self._is_covered, self._closed = (covered > 0) & counted, profit
        self.dollar_days, self.covered_dollar_days = (np.where(counted, one, 0.0) for one in (held, covered))
        self.paid = np.where(self._is_covered, paid / FINANCING_DAYS, np.nan)

    def profit(self, price: Floats, columns: Indexes | slice = slice(None)) -> Floats:
        """(n,) USD: gross P&L of some names over the days whose fee is known; NaN where there is none.

        Args:
            price: (N,) the prices of the moment.
            columns: which names.
        """
        profit = self._closed[columns]
        if self._shares is not None:
            shares = self._shares[columns]
            moved = (self._price_before[columns] - price[columns]) * shares
            profit = profit + np.where(shares != 0, moved, 0.0)
        return np.where(self._is_covered[columns], profit, np.nan)

    def net(self, price: Floats, columns: Indexes | slice = slice(None)) -> Floats:
        """(n,) USD: that P&L less what the borrow cost on the same days."""
        return np.asarray(self.profit(price, columns) - self.paid[columns])

    @property
    def covered_ratio(self) -> Floats:
        """(N,) share of a name's dollar-days in the window whose fee is known; NaN where it was not held short."""
        return quotient(self.covered_dollar_days, self.dollar_days)
