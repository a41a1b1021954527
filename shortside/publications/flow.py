"""What short dollars did between two settlements, name by name: the identity of the Book, summed day by day."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from shortside.listings import Flags, Floats, Indexes
from shortside.market import Market
from shortside.positions import Positions


class Move(IntEnum):
    """What a publication says of a name, in the order in which the moves are listed."""

    BUILT = 0
    """More shares are short than at the settlement before."""
    COVERED = 1
    """Fewer shares are short than at the settlement before."""
    UNCHANGED = 2
    """As many shares are short as at the settlement before."""
    ENTERED = 3
    """The name is reported, or has prices, for the first time."""
    LEFT = 4
    """It stopped trading since the settlement before; its position ended at its last price."""
    HELD = 5
    """The file has no row of it, so that the last figure is still carried: missing is not zero."""

    @property
    def word(self) -> str:
        """The word of documents and screens."""
        return self.name.lower()


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Flow:
    """USD between two sessions; (N,) each: start + new short + turned up + price effect = end."""

    start: Floats
    new_short: Floats
    """Σ (Q_t − Q_{t−1})·P_t, but for positions that turned up without being new."""
    turned_up: Floats
    """What those were worth at their first close."""
    price_effect: Floats
    """Σ Q_{t−1}·(P_t − P_{t−1})."""
    end: Floats
    is_held: Flags
    """Whether anything was short on one of the days."""
    has_turned_up: Flags
    """Whether a position turned up that is not new."""


def flow_between(market: Market, positions: Positions, start: int, end: int) -> Flow:
    """What short dollars did from the close of one session to that of another."""
    appears_at = np.where(positions.is_new, len(market.sessions), positions.entry)
    shares, price = positions.at(start), market.close[start].astype(np.float64)
    first = shares * price
    new_short, turned_up, effect = (np.zeros(len(market.symbols)) for _ in range(3))
    is_held = first > 0
    for session in range(start + 1, end + 1):
        shares_now, price_now = positions.at(session), market.close[session].astype(np.float64)
        moved, appears = (shares_now - shares) * price_now, appears_at == session
        new_short += np.where(appears, 0.0, moved)
        turned_up += np.where(appears, moved, 0.0)
        effect += shares * (price_now - price)
        shares, price = shares_now, price_now
        is_held |= shares * price > 0
    return Flow(
        start=first,
        new_short=new_short,
        turned_up=turned_up,
        price_effect=effect,
        end=shares * price,
        is_held=is_held,
        has_turned_up=(start < appears_at) & (appears_at <= end),
    )


def new_short_between(market: Market, positions: Positions, start: int, end: int) -> Floats:
    """(N,) USD of shorting less covering between two sessions; NaN where a position turned up without being new."""
    flow = flow_between(market, positions, start, end)
    return np.where(flow.has_turned_up, np.nan, flow.new_short)


def moves_of(positions: Positions, knot: int) -> Indexes:
    """(N,) codes of `Move`: what a settlement says of each name beside the one before it."""
    start, end = int(positions.knots[knot - 1]), int(positions.knots[knot])
    change = positions.shares[knot] - positions.shares[knot - 1]
    move = np.where(change > 0, Move.BUILT, np.where(change < 0, Move.COVERED, Move.UNCHANGED))
    move = np.where(positions.is_reported[knot], move, Move.HELD)
    move = np.where((start < positions.entry) & (positions.entry <= end), Move.ENTERED, move)
    return np.asarray(np.where((positions.entry <= start) & (positions.exit < end), Move.LEFT, move), np.int64)
