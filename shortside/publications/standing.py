"""How crowded names are by any shares short, and in which place that puts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.breadth import quotient
from shortside.crowding import crowding
from shortside.listings import Flags, Floats
from shortside.market import Market


@dataclass(frozen=True, eq=False, slots=True)
class Standing:
    """How crowded each name is; NaN where nothing is short. (N,) each."""

    crowding: Floats
    """0 to 100, as `Crowding.score`."""
    rank: Floats
    """1 for the most crowded; equal ones by symbol."""


def standing_of(market: Market, shares: Floats, price: Floats, included: Flags) -> Standing:
    """How crowded names are with these shares short at these prices, by what is known at the market's end."""
    borrow, of_float = market.borrow, quotient(shares, market.known_float)
    scores = crowding(
        short_interest=shares * price,
        short_ratio=np.where(np.isfinite(of_float), of_float, quotient(shares, market.counted_shares)),
        days_to_cover=quotient(shares, market.average_volume),
        fee=None if borrow is None else borrow.fee,
        available_ratio=None if borrow is None else quotient(borrow.available, shares),
        # A recent loss is a part of the squeeze score alone, which is not asked for here.
        recent_loss_ratio=np.zeros(len(shares)),
        included=included,
    ).score
    ranks = np.full(len(shares), np.nan)
    known = np.flatnonzero(np.isfinite(scores))
    order = known[np.lexsort((market.symbols[known].astype(str), -scores[known]))]
    ranks[order] = np.arange(1, len(order) + 1)
    return Standing(scores, ranks)
