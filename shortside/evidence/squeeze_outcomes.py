"""The event that the probability of a squeeze speaks of, so defined that anyone can count it.

Within 21 sessions after a publication some close stands more than 25 % above that day's, and the shares short at the
second publication after it are more than 10 % fewer: the price ran, and so did the shorts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.listings import Flags, Floats
from shortside.market import Market

OUTCOME_SESSIONS: Final = 21
"""Sessions after a publication in which the price must rise."""
PRICE_RISE: Final = 0.25
SHARES_FALL: Final = 0.10
SIGMAS: Final = 3.0
"""Of the second event: a close more than 3 · σ · √21 above, by the name's own daily volatility, with the covering."""
UNKNOWN: Final = np.nan


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SqueezeOutcomes:
    """What followed one publication. (N,) each, in the order of the market's names."""

    squeezed: Floats
    """1 for a squeeze, 0 for none, NaN where it cannot be told."""
    own_squeeze: Floats
    """1, 0 or NaN of the second event, by the name's own volatility."""
    return_20: Floats
    """Return of the price over the 20 sessions after it, a fraction; NaN without a price."""


def last_row_known_by(market: Market, row: int) -> bool:
    """Whether the second publication after a settlement's, and 21 sessions after it, lie within the market."""
    if row + 2 >= len(market.published):
        return False
    start = session_of(market, market.published[row])
    is_over = start + OUTCOME_SESSIONS < len(market.sessions)
    return bool(is_over and market.published[row + 2] <= market.known_on)


def session_of(market: Market, day: np.datetime64) -> int:
    """The last session up to a day; −1 before the first."""
    return int(np.searchsorted(market.sessions, day, "right")) - 1


def squeeze_outcomes(market: Market, row: int, volatility: Floats) -> SqueezeOutcomes:
    """What followed the publication of a settlement, looked at from a later day.

    Args:
        market: as it stood when the outcome was public; its prices and shares are on one split basis.
        row: which of its settlements.
        volatility: (N,) each name's daily volatility on the evening of the publication; NaN unknown.
    """
    start = session_of(market, market.published[row])
    base = market.close[start].astype(np.float64)
    after = market.close[start + 1 : start + 1 + OUTCOME_SESSIONS].astype(np.float64)
    highest = after.max(axis=0)
    has_price = (market.first_priced <= start) & (market.last_priced >= start)
    before, later = market.shares_short[row], market.shares_short[row + 2]
    change = np.divide(later, before, out=np.full(len(base), UNKNOWN), where=before > 0) - 1.0
    threshold = np.exp(SIGMAS * volatility * np.sqrt(OUTCOME_SESSIONS))
    at_20 = market.close[start + OUTCOME_SESSIONS - 1].astype(np.float64)
    is_followed = has_price & (market.last_priced >= start + OUTCOME_SESSIONS - 1)
    return SqueezeOutcomes(
        squeezed=_event(highest > base * (1.0 + PRICE_RISE), change, has_price),
        own_squeeze=_event(highest > base * threshold, change, has_price & np.isfinite(volatility)),
        return_20=np.where(is_followed, at_20 / base - 1.0, UNKNOWN),
    )


def _event(has_risen: Flags, change: Floats, is_known: Flags) -> Floats:
    """Without the rise there is no event, whoever covered; with it, it is unknown where the shares are."""
    covered = np.where(np.isnan(change), UNKNOWN, (change < -SHARES_FALL).astype(np.float64))
    return np.asarray(np.where(is_known, np.where(has_risen, covered, 0.0), UNKNOWN))
