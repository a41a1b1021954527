"""How prices moved over some sessions: volatility, the largest day, and the returns of a week, a month and a quarter.

Names are taken some thousands at a time, so that what is made of them on the way stays where the processor has it at
hand: of 20,000 names at once every step would fetch ten megabytes anew, which takes three times as long. A name's
figures are the same to the last bit whoever stands in its block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shortside.breadth import quotient
from shortside.listings import Floats, Indexes

RETURNS: Final = (5, 20, 60)
"""Sessions over which returns are taken."""
BLOCK: Final = 2048
"""Names of one block: sixty sessions of them take one megabyte in float64."""


@dataclass(frozen=True, eq=False, slots=True)
class PriceMoves:
    """What the prices of N names did."""

    volatility: Floats
    """(N,) standard deviation of daily log returns, a fraction; NaN of too few returns."""
    largest: Floats
    """(N,) the largest daily log return without its sign; 0 where none is known."""
    returns: Floats
    """(R, N) log returns over `RETURNS` sessions; NaN where the first price is later than their start."""

    def return_of(self, sessions: int) -> Floats:
        """(N,) the log return of so many sessions, one of `RETURNS`."""
        return np.asarray(self.returns[RETURNS.index(sessions)])


def blocks_of(names: int) -> Iterator[slice]:
    """The columns of each block, in order. None holds a single name among others: numpy adds such a one in pairs."""
    starts = list(range(0, names, BLOCK))
    if names % BLOCK == 1 and names > 1:
        starts[-1] -= 1
    return (slice(start, end) for start, end in zip(starts, [*starts[1:], names], strict=True))


def price_moves(closes: npt.NDArray[np.floating], price: Floats, first: Indexes, least_returns: int) -> PriceMoves:
    """The moves of prices.

    Args:
        closes: (T, N) a session each, the last one's row unused; what is not above zero is unknown.
        price: (N,) the prices of the moment, in place of the last row.
        first: (N,) the row of each name's first close: closes before are filled with it, and what seems not to move
            there is not known.
        least_returns: with fewer known returns than this volatility is unknown.
    """
    count, names = closes.shape
    volatility, largest = np.empty(names), np.empty(names)
    returns = np.full((len(RETURNS), names), np.nan)
    rows = np.arange(1, count)[:, None]
    for block in blocks_of(names):
        logarithms = closes[:, block].astype(np.float64)
        logarithms[-1] = price[block]
        is_price = logarithms > 0
        if not is_price.all():
            logarithms[~is_price] = np.nan
        np.log(logarithms, out=logarithms)
        for place, sessions in enumerate(RETURNS):
            if (row := count - 1 - sessions) >= 0:
                whole = logarithms[-1] - logarithms[row]
                returns[place, block] = np.where(first[block] <= row, whole, np.nan)
        daily = logarithms[1:] - logarithms[:-1]
        if (first[block] > 0).any():
            daily[rows <= first[block]] = np.nan
        sums, number = known_sums(daily)
        volatility[block] = _deviation(sums, (daily * daily).sum(axis=0), number, least_returns)
        largest[block] = np.max(np.abs(daily, out=daily), axis=0, initial=0.0)
    return PriceMoves(volatility, largest, returns)


def known_sums(values: Floats) -> tuple[Floats, Floats]:
    """(N,) the sum of each column's finite values, and how many they are; the others are set to zero in place."""
    sums = values.sum(axis=0)
    # A finite sum has no unknown part: then nothing need be told apart, which takes as long as all the rest.
    if np.isfinite(sums).all():
        return sums, np.full(len(sums), float(len(values)))
    known = np.isfinite(values)
    values[~known] = 0.0
    return values.sum(axis=0), known.sum(axis=0).astype(np.float64)


def _deviation(sums: Floats, squares: Floats, count: Floats, least_returns: int) -> Floats:
    """(N,) standard deviation of values of these sums and sums of squares."""
    mean = quotient(sums, count)
    variance = np.maximum(quotient(squares, count) - mean * mean, 0.0)
    return np.asarray(np.where(count >= least_returns, np.sqrt(variance), np.nan))
