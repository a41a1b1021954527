"""What all shorts of a name made since the day the user entered a position in it: the crowd's P&L on the same days.

The days are those of the window `since:DAY`: they begin at the close before the day of entry. The sums are those of the
Book, by the view's positions; the user's names are few, so they are summed session by session.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shortside.board import Board
from shortside.listings import Flags, Floats, Indexes
from shortside.one_name.history import daily_shares
from shortside.own.positions import NOT_PRICED, PlacedPositions


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class CrowdFigures:
    """The crowd beside n positions, (n,) each; NaN where its shares or prices are not known over all the days."""

    profit: Floats
    """USD, less the distributions owed."""
    average_short_interest: Floats
    """USD: the mean over the sessions of the days and the one before them."""
    distributed: Floats
    """USD owed as distributions, negative."""
    profit_today: Floats
    """USD of the last session, less the distributions owed."""


class CrowdSinceEntry:
    """Sums the crowd's closed sessions once; `figures` adds the live one.

    Args:
        board: the view: its Book says how many shares were short on each session.
        placed: the positions.
    """

    def __init__(self, board: Board, placed: PlacedPositions) -> None:
        self._board, self._placed = board, placed
        count = len(placed.positions)
        self._last = len(board.market.sessions) - 1
        self._profit, self._dollar_days = np.full(count, np.nan), np.full(count, np.nan)
        self.distributed_a_share: Floats = np.zeros(count)
        """(n,) USD of distributions a share since entry; of the day of entry none, for it was sold without."""
        self.distributed_a_share_today: Floats = np.zeros(count)
        """(n,) USD of distributions a share of the last session."""
        self._owed, self._owed_today = np.zeros(count), np.zeros(count)
        """(n,) USD the crowd owes since entry, and of the last session."""
        self._entered = np.array([position.entry_date for position in placed.positions], "datetime64[D]")
        self._distributions = [doubt for doubt in board.market.doubts if doubt.is_distribution]
        for column, rows in _rows_by_column(placed):
            self._sum(column, rows)
        self.is_known: Flags = self._known()

    def _sum(self, column: int, rows: Indexes) -> None:
        """The closed sessions of one name, for each of the positions in it."""
        market, placed = self._board.market, self._placed
        shares = daily_shares(self._board.book.positions, column, self._last + 1)
        price = market.close[:, column].astype(np.float64)
        profit = np.concatenate([[0.0], np.cumsum(shares[:-1] * (price[:-1] - price[1:]))])
        dollar_days = np.cumsum(shares * price)
        closed = max(self._last - 1, 0)
        start = np.clip(placed.start[rows], 0, closed)
        self._profit[rows] = profit[closed] - profit[start]
        # The session before the days counts as well: a mean of the dollars at both ends of each.
        self._dollar_days[rows] = dollar_days[closed] - dollar_days[start] + (shares * price)[start]
        self._charge(column, rows, shares, price)

    def _charge(self, column: int, rows: Indexes, shares: Floats, price: Floats) -> None:
        """The distributions of one name: each is a part of the close before its first day."""
        market, placed = self._board.market, self._placed
        symbol = str(market.symbols[column])
        for doubt in self._distributions:
            at = int(np.searchsorted(market.sessions, doubt.session))
            if doubt.symbol != symbol or not 0 < at <= self._last:
                continue
            a_share = float(price[at - 1]) * (1 - doubt.multiple)
            owed_by_all = shares[at - 1] * a_share
            self.distributed_a_share[rows[self._entered[rows] < doubt.session]] += a_share
            self._owed[rows[placed.start[rows] < at]] -= owed_by_all
            if at == self._last:
                self.distributed_a_share_today[rows] += a_share
                self._owed_today[rows] -= owed_by_all

    def _known(self) -> Flags:
        """(n,) whether the crowd's shares and prices are known from the close before the day of entry on."""
        placed, positions = self._placed, self._board.book.positions
        first = int(positions.knots[0]) if len(positions.knots) else self._last + 1
        at = np.where(placed.is_priced, placed.columns, 0)
        if not len(positions.entry):
            return placed.is_priced
        is_reported = positions.entry[at] <= self._last
        return np.asarray(
            placed.is_priced
            & ~placed.is_before_first_price
            & (placed.start >= max(first, 0))
            & (placed.start < self._last)
            & is_reported
        )

    def figures(self) -> CrowdFigures:
        """The crowd's sums at the prices of the moment."""
        placed, board = self._placed, self._board
        at = np.where(placed.is_priced, placed.columns, 0)
        if not len(board.market.symbols):
            nothing = np.full(len(at), np.nan)
            return CrowdFigures(
                profit=nothing, average_short_interest=nothing, distributed=nothing, profit_today=nothing
            )
        live = board.book.live(at)
        known = self.is_known
        sessions = self._last - placed.start + 1
        total = np.where(known, self._dollar_days + live.short_interest, np.nan)
        today = np.where(placed.is_priced & ~board.is_stale[at], board.profit_today[at] + self._owed_today, np.nan)
        return CrowdFigures(
            profit=np.where(known, self._profit + live.profit + self._owed, np.nan),
            average_short_interest=total / np.maximum(sessions, 1),
            distributed=np.where(known, self._owed, np.nan),
            profit_today=np.where(board.short_interest[at] > 0, today, np.nan),
        )


def _rows_by_column(placed: PlacedPositions) -> Iterator[tuple[int, Indexes]]:
    """Each of the names with a price, and the positions in it."""
    order = np.argsort(placed.columns, kind="stable")
    columns, begins = np.unique(placed.columns[order], return_index=True)
    ends = [*begins[1:].tolist(), len(order)]
    for column, begin, end in zip(columns.tolist(), begins.tolist(), ends, strict=False):
        if column != NOT_PRICED:
            yield column, order[begin:end]
