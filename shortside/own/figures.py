"""What the user's own positions made, cost and weigh beside the crowd's, at the prices of the moment.

All dollars are US dollars, ratios fractions, an unknown figure is NaN and never zero. P&L is gross of the borrow and of
commissions; distributions the market knows of are charged to a short and credited to a long position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.board import Board
from shortside.breadth import quotient
from shortside.crowding import Crowding, percentiles
from shortside.listings import Flags, Floats, Indexes
from shortside.name_figures import price_before_today
from shortside.own.crowd import CrowdSinceEntry
from shortside.own.positions import PlacedPositions

USUAL_EXIT_VOLUME: Final = 0.1
"""The part of a name's average volume that closing a position takes by default."""
DECILES: Final = 10


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class OwnFigures:
    """The figures of n positions, (n,) each, in the order they were placed in."""

    price: Floats
    """USD a share; of a name that stopped trading its last one."""
    value: Floats
    """Signed USD at the price: negative for a short. NaN without a price, and once the position ended."""
    profit: Floats
    """USD since entry: shares × (price − price of entry) + `distributed`."""
    profit_ratio: Floats
    """`profit` over shares without their sign × the price of entry."""
    distributed: Floats
    """USD of distributions since entry: negative where a short owes them."""
    value_before: Floats
    """USD without a sign: what it was worth at the price today's P&L is counted from."""
    profit_today: Floats
    """USD since the close before; since entry where that was in the last session."""
    profit_today_ratio: Floats
    """`profit_today` over `value_before`."""
    crowd_profit: Floats
    """USD all shorts of the name made on the same days, less the distributions they owe."""
    crowd_profit_ratio: Floats
    """`crowd_profit` over the average short interest of those days."""
    crowd_distributed: Floats
    """USD of distributions the crowd owes: negative, as in `distributed`."""
    crowd_profit_today: Floats
    """USD all shorts of the name made in the last session, less the distributions they owe."""
    carry: Floats
    """USD a year that borrowing costs at today's fee: −fee × value. NaN where no fee is known, and for a long one."""
    carry_ratio: Floats
    """The fee, negative: what borrowing costs a year of the position's value."""
    exit_days: Floats
    """Sessions that closing takes at the chosen part of the average volume."""
    short_interest_share: Floats
    """Shares over all shares short of the name; NaN for a long position."""
    squeeze: Floats
    """0 to 100, as of the Board."""
    crowding: Floats
    """0 to 100, as of the Board."""
    crowding_decile: Floats
    """1 to 10 among all names with a score; 10 are the most crowded."""
    tier_codes: Indexes
    """Which of the scheme's tiers; −1 without a price."""


class OwnBook:
    """Positions on one Board; prices may tick, and `figures` is what they are at the moment.

    Args:
        board: a view of the market the positions are placed on.
        placed: the positions.
        exit_volume: the part of a name's average volume that closing a position takes.
    """

    def __init__(self, board: Board, placed: PlacedPositions, exit_volume: float = USUAL_EXIT_VOLUME) -> None:
        self.board, self.placed, self.exit_volume = board, placed, exit_volume
        self._is_priced = placed.is_priced
        self._at = np.where(self._is_priced, placed.columns, 0)
        """(n,) a column of the Board's vectors for each, where it has none the first."""
        self._crowd = CrowdSinceEntry(board, placed)
        self._owed, self._owed_today = self._crowd.distributed_a_share, self._crowd.distributed_a_share_today
        self._scores: tuple[Crowding, Floats] | None = None

    def rows_of(self, columns: Indexes) -> list[int]:
        """The positions in some of the market's names."""
        return np.flatnonzero(np.isin(self.placed.columns, columns) & self._is_priced).tolist()

    def figures(self) -> OwnFigures:
        """Every figure at the prices of the moment; about a tenth of a millisecond for some hundred positions."""
        placed, board = self.placed, self.board
        price = plain_prices(self._of(board.book.price))
        is_short = placed.is_short & self._is_priced & ~placed.has_ended
        value = np.where(placed.has_ended, np.nan, placed.shares * price)
        has_price_since = self.has_price_since & ~placed.is_before_first_price
        distributed = np.where(has_price_since, placed.shares * self._owed, np.nan)
        profit = np.where(has_price_since, placed.shares * (price - placed.entry_price), np.nan) + distributed
        today, before = self._today(price)
        fee = np.where(is_short, self._of(board.borrow_fee), np.nan)
        crowd = self._crowd.figures()
        return OwnFigures(
            price=price,
            value=value,
            profit=profit,
            profit_ratio=quotient(profit, placed.cost),
            distributed=distributed,
            value_before=np.abs(placed.shares) * before,
            profit_today=today,
            profit_today_ratio=quotient(today, np.abs(placed.shares) * before),
            crowd_profit=crowd.profit,
            crowd_profit_ratio=quotient(crowd.profit, crowd.average_short_interest),
            crowd_distributed=crowd.distributed,
            crowd_profit_today=crowd.profit_today,
            carry=-fee * np.abs(value),
            carry_ratio=-fee,
            exit_days=np.where(placed.has_ended, np.nan, self._exit_days()),
            short_interest_share=np.where(
                is_short, quotient(np.abs(placed.shares), self._of(board.shares_short)), np.nan
            ),
            squeeze=self._of(board.crowding.squeeze),
            crowding=self._of(board.crowding.score),
            crowding_decile=self._deciles(),
            tier_codes=np.where(self._is_priced, board.tier_codes[self._at], -1)
            if len(board.tier_codes)
            else self._none,
        )

    @property
    def _none(self) -> Indexes:
        return np.full(len(self.placed.positions), -1, np.int64)

    def _of(self, vector: Floats) -> Floats:
        """(n,) each position's figure in a vector of the Board."""
        if not len(vector):
            return np.full(len(self._at), np.nan)
        return np.where(self._is_priced, vector[self._at], np.nan)

    def _today(self, price: Floats) -> tuple[Floats, Floats]:
        """(n,) P&L of the last session, USD, and the price it is counted from."""
        placed = self.placed
        is_quoted = self.is_quoted
        before = np.where(
            placed.is_entered_last, placed.entry_price, plain_prices(self._of(price_before_today(self.board)))
        )
        known = is_quoted & ~(placed.is_after_last | placed.has_ended)
        owed = np.where(placed.is_entered_last, 0.0, self._owed_today)
        return np.where(known, placed.shares * (price - before + owed), np.nan), before

    @property
    def has_price_since(self) -> Flags:
        """(n,) whether there is a price of the day of entry or later."""
        placed = self.placed
        return np.asarray(~placed.is_after_last & (~placed.is_after_last_price | self.is_quoted))

    @property
    def is_quoted(self) -> Flags:
        """(n,) whether the last session brought a close or a quote."""
        stale = self.board.is_stale
        return self._is_priced & ~stale[self._at] if len(stale) else self._is_priced

    def _exit_days(self) -> Floats:
        a_day = self._of(self.board.market.average_volume) * self.exit_volume
        return quotient(np.abs(self.placed.shares), a_day)

    def _deciles(self) -> Floats:
        scores = self.board.crowding
        if self._scores is None or self._scores[0] is not scores:
            self._scores = scores, crowding_deciles(scores.score)
        return self._of(self._scores[1])


def plain_prices(prices: Floats) -> Floats:
    """(n,) prices that were kept in four bytes, as they were printed: 31.78 and not 31.78000069.

    Seven digits, as many as four bytes hold; a live quote, which is kept in eight, stays what it is.
    """
    known = np.isfinite(prices) & (prices > 0) & (prices == prices.astype(np.float32))
    digits = 6 - np.floor(np.log10(prices, out=np.zeros(len(prices)), where=known))
    unit = 10.0**digits
    return np.where(known, np.round(prices * unit) / unit, prices)


def crowding_deciles(score: Floats) -> Floats:
    """(N,) the tenth of all names with a score that each belongs to, 1 to 10 by its percentile; NaN without one."""
    ranks = percentiles(score, np.isfinite(score))
    return np.minimum(np.floor(ranks * DECILES), DECILES - 1) + 1
