"""What hangs on doubts: the dollars of P&L in a window that another decision would change, or that lenders are owed."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from shortside.book import Book
from shortside.doubts import Doubt
from shortside.listings import Flags, Floats
from shortside.market import Market
from shortside.windows import Window


class Stakes:
    """Prices the doubts of a market in one window.

    Args:
        market: what is in doubt.
        book: positions, and the prices of the moment.
        window: which sessions count.
        included: (N,) the names in the totals; doubts about others are not heard.
    """

    def __init__(self, market: Market, book: Book, window: Window, included: Flags) -> None:
        self._market, self._book, self._window, self._included = market, book, window, included

    @cached_property
    def column_of(self) -> dict[str, int]:
        """The column of each name that is in doubt."""
        doubted = {doubt.symbol for doubt in self._market.doubts}
        symbols = enumerate(self._market.symbols.tolist()) if doubted else ()
        return {symbol: column for column, symbol in symbols if symbol in doubted}

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """Those about sessions of the whole market, and about names in the totals; not priced."""
        return tuple(
            doubt for doubt in self._market.doubts if doubt.is_of_market or self._included[self.column_of[doubt.symbol]]
        )

    @cached_property
    def distributed(self) -> Floats:
        """(N,) USD of P&L in the window that are owed to lenders as distributions; mostly 0."""
        return self._owed(self.doubts)

    @cached_property
    def distributed_today(self) -> Floats:
        """(N,) USD of P&L in the last session that are owed to lenders as distributions; mostly 0."""
        last = self._market.sessions[-1]
        return self._owed(tuple(doubt for doubt in self.doubts if doubt.session == last))

    def priced(self, doubt: Doubt, short_interest: Floats) -> Doubt:
        """A doubt with its dollars in the window; all that is short where the size of the company is in doubt."""
        if doubt.is_of_market:
            return doubt.of(self._of_session(doubt))
        column = self.column_of[doubt.symbol]
        return doubt.of(float(short_interest[column]) if doubt.is_about_count else self._of_name(doubt, column))

    def _owed(self, doubts: tuple[Doubt, ...]) -> Floats:
        owed = np.zeros(len(self._market.symbols))
        for doubt in doubts:
            if doubt.is_distribution:
                column = self.column_of[doubt.symbol]
                owed[column] += self._of_name(doubt, column)
        return owed

    def _of_session(self, doubt: Doubt) -> float:
        """USD that the sessions about a doubtful one made or lost, name by name, as far as the window holds them."""
        if doubt.is_about_prices:
            return 0.0
        sessions, window = self._market.sessions, self._window
        # Where its closes are left out, the session after it is the one that speaks of both.
        row = int(np.searchsorted(sessions, doubt.session))
        is_left_out = row >= len(sessions) or sessions[row] != doubt.session
        rows = [row] if is_left_out else [row - 1, row]
        return float(sum(self._moved_in(at) for at in rows if window.start < at <= window.end))

    def _moved_in(self, row: int) -> float:
        """USD that names held short made or lost in a session, without regard to the sign."""
        last = len(self._market.sessions) - 1
        before, price = self._market.close[row - 1], self._book.price if row == last else self._market.close[row]
        shares = self._book.positions.at(row - 1)
        return float(np.abs(np.where(self._included, shares * (price - before.astype(np.float64)), 0.0)).sum())

    def _of_name(self, doubt: Doubt, column: int) -> float:
        """USD of one name that hang on a doubt about a session; 0 where the window does not hold it, NaN unknown."""
        row = int(np.searchsorted(self._market.sessions, doubt.session))
        if not self._window.start < row <= self._window.end:
            return 0.0
        if not doubt.is_about_prices:
            return float("nan")
        shares = float(self._book.positions.at(row - 1, np.array([column]))[0])
        if doubt.is_distribution:
            return shares * float(self._market.close[row - 1, column]) * (1 - doubt.multiple)
        last = len(self._market.sessions) - 1
        price = self._book.price[column] if row == last else self._market.close[row, column]
        # Dollars short before the session stay as they are; what its price is compared with is multiplied.
        return abs(shares * float(price) * (1 / doubt.multiple - 1))
