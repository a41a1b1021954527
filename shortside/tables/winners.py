"""Winners and losers: the names whose shorts made and lost the most, gross and net of carry, above a noise floor.

Between two settlements nobody knows when shares were sold short, so that each P&L is the middle of a band (METHOD
section 2). Half of its width is the noise of the name: below it the sign of the P&L is not known. Distributions are
owed to the lender and are no gain, so that names are ranked without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.breadth import quotient
from shortside.listings import Flags, Floats, Indexes
from shortside.loans.net_of_borrow import FINANCING_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class WinnerName:
    """One name; USD and fractions, None is unknown."""

    symbol: str
    name: str
    tier: str
    sector: str
    profit: float
    """Gross, price only, without what was distributed."""
    distributed: float
    """What of the price's fall was a distribution that the short owes, and is not in `profit`."""
    noise: float
    """Half the width of what the P&L may be if shares moved one way between settlements."""
    is_certain: bool
    """Whether the P&L is of one sign wherever in its band it lies."""
    carry: float | None
    """What the borrow cost over the window at the fee known, an estimate; None where no fee is known."""
    net: float | None
    """Gross less carry; None where no fee is known."""
    average_short_interest: float
    profit_ratio: float | None
    net_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFloor:
    """How much of a window's P&L is above its noise; USD."""

    names: int
    """Names with a P&L."""
    uncertain_names: int
    """Names whose band holds both signs."""
    uncertain: float
    """The sum of their P&L without regard to the sign."""
    gross: float
    """The sum of everybody's P&L without regard to the sign."""
    carried_names: int
    """Names whose borrow fee is known."""


class Winners:
    """The table of a Board.

    Args:
        board: whose names and window; its figures are taken at the prices of the moment.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        owed = board.stakes.distributed
        self.profit: Floats = np.asarray(board.profit - owed)
        """(N,) USD without distributions; NaN where the P&L of a day is not known."""
        self.distributed: Floats = owed
        self.low: Floats = np.asarray(board.profit_low - owed)
        self.high: Floats = np.asarray(board.profit_high - owed)
        self.carry: Floats = carry_of(board)
        self.net: Floats = np.asarray(self.profit - self.carry)
        """(N,) USD; NaN where no fee is known."""

    @cached_property
    def noise(self) -> Floats:
        """(N,) USD, half the width of the band."""
        return np.asarray((self.high - self.low) / 2)

    @cached_property
    def is_certain(self) -> Flags:
        """(N,) whether the whole band is above zero, or below it."""
        return np.asarray((self.low > 0) | (self.high < 0))

    @cached_property
    def among(self) -> Flags:
        """(N,) the names that are ranked: held short in the window, with a P&L that is known."""
        return np.asarray(self.board.was_held & np.isfinite(self.profit))

    def order(self, *, is_losing: bool = False, is_net: bool = False) -> Indexes:
        """Columns of the names that gained, the most first, or of those that lost; equal ones by symbol.

        Args:
            is_losing: the losers, the largest loss first.
            is_net: by what is left after carry, so that names without a fee are not ranked.
        """
        values = self.net if is_net else self.profit
        values = -values if is_losing else values
        return self.board.order(values, among=self.among & (values > 0))

    def name(self, column: int) -> WinnerName:
        """The record of the name in a column."""
        board, market = self.board, self.board.market
        return WinnerName(
            symbol=str(market.symbols[column]),
            name=str(market.names[column]),
            tier=board.scheme.labels[int(board.tier_codes[column])],
            sector=market.sector_names[int(market.sectors[column])],
            profit=float(self.profit[column]),
            distributed=float(self.distributed[column]),
            noise=float(self.noise[column]),
            is_certain=bool(self.is_certain[column]),
            carry=known_or_none(self.carry[column]),
            net=known_or_none(self.net[column]),
            average_short_interest=float(board.average_short_interest[column]),
            profit_ratio=known_or_none(self._ratios[0][column]),
            net_ratio=known_or_none(self._ratios[1][column]),
        )

    def floor(self) -> NoiseFloor:
        """What of the whole market's P&L lies below its noise."""
        known = self.among & (self.profit != 0)
        unsure = known & ~self.is_certain
        size = np.abs(self.profit)
        return NoiseFloor(
            names=int(known.sum()),
            uncertain_names=int(unsure.sum()),
            uncertain=float(size[unsure].sum()),
            gross=float(size[known].sum()),
            carried_names=int((known & np.isfinite(self.carry)).sum()),
        )

    @cached_property
    def _ratios(self) -> tuple[Floats, Floats]:
        average = self.board.average_short_interest
        return quotient(self.profit, average), quotient(self.net, average)


def carry_of(board: Board) -> Floats:
    """(N,) USD that the borrow of all shares short cost over the window, at the fee known last; NaN without one.

    Average short interest × annual fee × calendar days / 360, as S3 Partners and Interactive Brokers count. It is an
    estimate: the fee of the moment stands for that of the whole window.
    """
    window = board.window
    days = (window.end_date - window.start_date).days
    return np.asarray(board.average_short_interest * board.borrow_fee * days / FINANCING_DAYS)
