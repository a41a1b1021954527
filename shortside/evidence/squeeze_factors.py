"""The factors behind the probability of a squeeze, all as they were known on the evening of the last session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from shortside.board import Board
from shortside.breadth import quotient
from shortside.listings import Flags, Floats, Indexes
from shortside.traded import TradedShares

LEAST_SHORT_INTEREST: Final = 10e6
"""USD short from which on a name is in the record: of smaller positions nothing was measured."""
SESSIONS: Final = 60
"""Sessions of returns behind volatility, the largest day and the usual volume."""
LEAST_RETURNS: Final = 40
"""With fewer returns than this the volatility of a name is unknown."""


class SqueezeFactor(NamedTuple):
    """One factor of the probability."""

    key: str
    words: str
    """What it is, in words for people."""


SQUEEZE_FACTORS: Final = (
    SqueezeFactor("short_outstanding", "shares short over shares outstanding"),
    SqueezeFactor("days_to_cover", "days to cover"),
    SqueezeFactor("volatility", "volatility of 60 sessions"),
    SqueezeFactor("return_5", "return of 5 sessions"),
    SqueezeFactor("return_20", "return of 20 sessions"),
    SqueezeFactor("return_60", "return of 60 sessions"),
    SqueezeFactor("volume_ratio", "volume of 5 sessions over that of 60"),
    SqueezeFactor("market_cap", "market cap"),
    SqueezeFactor("price", "price"),
    SqueezeFactor("largest_day", "largest day of 60 sessions"),
    SqueezeFactor("short_change", "change of shares short at the last publication"),
    SqueezeFactor("short_profit", "P&L of the shorts over 30 days"),
)
"""In the order of `SqueezeInputs.values`."""
VOLATILITY: Final = next(place for place, one in enumerate(SQUEEZE_FACTORS) if one.key == "volatility")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SqueezeInputs:
    """The factors of every name on one evening. F factors, N names."""

    values: Floats
    """(F, N) in the order of `SQUEEZE_FACTORS`; NaN unknown."""
    is_measured: Flags
    """(N,) the names that the record is of: with more than 10 million dollars short, a price today and a volatility."""
    market_volatility: float
    """The median of the measured names' daily volatility, a fraction; NaN where there are none."""


def squeeze_inputs(board: Board) -> SqueezeInputs:
    """The factors of a Board's names, at the prices of the moment.

    Volatility is the standard deviation of the last 60 daily log returns; returns are log returns to the last price.
    The market's prices are on the basis of its last session, so that `price` is what was paid on that day.
    """
    market, book = board.market, board.book
    start = max(len(market.sessions) - 1 - SESSIONS, 0)
    closes = market.close[start:].astype(np.float64)
    closes[-1] = book.price
    logarithms = np.log(np.where(closes > 0, closes, np.nan))
    returns = np.diff(logarithms, axis=0)
    # Closes before the first one are filled with it: what seems not to move there is not known.
    returns[np.arange(start + 1, len(market.sessions))[:, None] <= market.first_priced] = np.nan
    known = np.isfinite(returns)
    volatility = _deviation(returns, known)
    values = np.stack(
        [
            board.short_outstanding_ratio,
            board.days_to_cover,
            volatility,
            *(_return(logarithms, market.first_priced - start, days) for days in (5, 20, 60)),
            _volume_ratio(market.traded, len(market.symbols)),
            board.market_cap,
            book.price,
            np.where(np.isnan(volatility), np.nan, np.max(np.where(known, np.abs(returns), 0.0), axis=0, initial=0.0)),
            _short_change(board),
            quotient(board.profit_30d, board.short_interest),
        ]
    )
    is_held = board.included & (board.short_interest > LEAST_SHORT_INTEREST) & ~board.is_stale
    is_measured = np.asarray(is_held & (volatility > 0))
    middle = float(np.median(volatility[is_measured])) if is_measured.any() else float("nan")
    return SqueezeInputs(values=values, is_measured=is_measured, market_volatility=middle)


def _deviation(returns: Floats, known: Flags) -> Floats:
    count = known.sum(axis=0)
    filled = np.where(known, returns, 0.0)
    mean = quotient(filled.sum(axis=0), count.astype(np.float64))
    square = quotient((filled * filled).sum(axis=0), count.astype(np.float64))
    variance = np.maximum(square - mean * mean, 0.0)
    return np.asarray(np.where(count >= LEAST_RETURNS, np.sqrt(variance), np.nan))


def _return(logarithms: Floats, first: Indexes, days: int) -> Floats:
    """(N,) log return of so many sessions; NaN where the first price is later than its start."""
    row = len(logarithms) - 1 - days
    if row < 0:
        return np.full(logarithms.shape[1], np.nan)
    return np.asarray(np.where(first <= row, logarithms[-1] - logarithms[row], np.nan))


def _volume_ratio(traded: TradedShares | None, names: int) -> Floats:
    """(N,) mean volume of the last 5 sessions over that of the last 60; NaN where nobody kept them."""
    if traded is None:
        return np.full(names, np.nan)
    volume = traded.last(SESSIONS)
    known = np.isfinite(volume)
    filled = np.where(known, volume, 0.0)

    def mean(rows: slice) -> Floats:
        return quotient(filled[rows].sum(axis=0), known[rows].sum(axis=0).astype(np.float64))

    return quotient(mean(slice(-5, None)), mean(slice(None)))


def _short_change(board: Board) -> Floats:
    """(N,) log of shares short at the last settlement known over those at the one before; NaN where either is not."""
    positions = board.book.positions
    knot = positions.interval(len(board.market.sessions) - 1)
    if knot < 1:
        return np.full(len(board.market.symbols), np.nan)
    now, before = positions.shares[knot], positions.shares[knot - 1]
    known = (now > 0) & (before > 0) & positions.is_reported[knot] & positions.is_reported[knot - 1]
    return np.asarray(np.where(known, np.log(np.where(known, now, 1.0) / np.where(known, before, 1.0)), np.nan))
