"""The factors behind the probability of a squeeze, all as they were known on the evening of the last session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from shortside.board import Board
from shortside.breadth import quotient
from shortside.evidence.price_moves import RETURNS, blocks_of, known_sums, price_moves
from shortside.listings import Flags, Floats
from shortside.prices.traded import TradedShares

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
    moves = price_moves(market.close[start:], book.price, market.first_priced - start, LEAST_RETURNS)
    volatility = moves.volatility
    values = np.stack(
        [
            board.short_outstanding_ratio,
            board.days_to_cover,
            volatility,
            *(moves.return_of(days) for days in RETURNS),
            _volume_ratio(market.traded, len(market.symbols)),
            board.market_cap,
            book.price,
            np.where(np.isnan(volatility), np.nan, moves.largest),
            _short_change(board),
            quotient(board.profit_30d, board.short_interest),
        ]
    )
    is_held = board.included & (board.short_interest > LEAST_SHORT_INTEREST) & ~board.is_stale
    is_measured = np.asarray(is_held & (volatility > 0))
    middle = float(np.median(volatility[is_measured])) if is_measured.any() else float("nan")
    return SqueezeInputs(values=values, is_measured=is_measured, market_volatility=middle)


def _volume_ratio(traded: TradedShares | None, names: int) -> Floats:
    """(N,) mean volume of the last 5 sessions over that of the last 60; NaN where nobody kept them."""
    if traded is None:
        return np.full(names, np.nan)
    volume = traded.last(SESSIONS)
    ratio = np.empty(names)
    for block in blocks_of(names):
        within = volume[:, block]
        known_lately = np.isfinite(within[-5:]).sum(axis=0).astype(np.float64)
        usually = quotient(*known_sums(within))
        # What was unknown is zero from here on.
        ratio[block] = quotient(quotient(within[-5:].sum(axis=0), known_lately), usually)
    return ratio


def _short_change(board: Board) -> Floats:
    """(N,) log of shares short at the last settlement known over those at the one before; NaN where either is not."""
    positions = board.book.positions
    knot = positions.interval(len(board.market.sessions) - 1)
    if knot < 1:
        return np.full(len(board.market.symbols), np.nan)
    now, before = positions.shares[knot], positions.shares[knot - 1]
    known = (now > 0) & (before > 0) & positions.is_reported[knot] & positions.is_reported[knot - 1]
    return np.asarray(np.where(known, np.log(np.where(known, now, 1.0) / np.where(known, before, 1.0)), np.nan))
