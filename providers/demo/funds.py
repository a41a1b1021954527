"""Invents the demo market's index funds: values that follow its stocks, and money that follows the values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from providers.files.funds import no_splits
from providers.parsing.entry import enter
from shortside.funds.figures import FUND_CLOSES, FundData
from shortside.funds.flows import FUND_DAYS
from shortside.listings import Floats, Listings
from shortside.sessions import in_utc

RANDOM_STREAM: Final = 0x46554E44
"""Sets these draws apart from those of the market, which must stay as they are."""
CREATION_UNIT_SHARES: Final = 50_000
"""Shares that are created or redeemed at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fund:
    segment: str
    place: int
    """Which of the demo's unpriced funds it is, so that it has a symbol and short interest of its own."""
    caps: tuple[float, float]
    """The market caps of what it holds, USD, at the end."""
    nav: float
    """At the end, USD a share."""
    net_assets: float
    """At the end, give or take what flowed."""
    liveliness: float
    """Flow of a usual session, as a fraction of net assets."""


_FUNDS: Final = (
    _Fund(segment="small caps", place=0, caps=(0.0, 2e9), nav=186.0, net_assets=52e9, liveliness=0.009),
    _Fund(segment="large caps", place=1, caps=(1e10, np.inf), nav=245.0, net_assets=31e9, liveliness=0.003),
    _Fund(segment="whole market", place=2, caps=(0.0, np.inf), nav=256.0, net_assets=12e9, liveliness=0.002),
)
"""A fund of small companies, one of large ones, and one of all."""


def simulated_funds(listings: Listings, seed: int) -> FundData:
    """Three funds of a simulated market, for all its sessions; the same seed and market give the same."""
    tables = [_days(listings, fund, np.random.default_rng([seed, RANDOM_STREAM, fund.place])) for fund in _FUNDS]
    rows = pd.concat(tables, ignore_index=True)
    return FundData(
        days=enter(FUND_DAYS, rows, "simulated funds"),
        closes=enter(FUND_CLOSES, rows, "simulated funds"),
        splits=no_splits(),
        fetched_at=in_utc(datetime.fromisoformat(listings.fetched_at)),
        source=listings.source,
        segments={str(listings.unpriced.symbols[fund.place]): fund.segment for fund in _FUNDS},
    )


def _days(listings: Listings, fund: _Fund, chance: np.random.Generator) -> pd.DataFrame:
    index = _index(listings, *fund.caps)
    nav = np.round(fund.nav * index / index[-1], 6)
    growth = np.diff(np.log(index), prepend=np.log(index[0]))
    news = chance.standard_normal(len(nav))
    mood, level = np.zeros(len(nav)), np.zeros(len(nav))
    for day in range(1, len(nav)):
        # Money goes on coming for some days, and comes after good ones; in the long run it goes again.
        mood[day] = 0.4 * mood[day - 1] + 0.8 * news[day] + 25 * growth[day - 1]
        level[day] = 0.97 * level[day - 1] + fund.liveliness * mood[day]
    shares = np.round(fund.net_assets / nav[-1] * np.exp(level) / CREATION_UNIT_SHARES) * CREATION_UNIT_SHARES
    return pd.DataFrame(
        {
            "date": listings.sessions.astype("datetime64[s]"),
            "symbol": str(listings.unpriced.symbols[fund.place]),
            "nav": nav,
            "shares_outstanding": shares,
            "close": np.round(nav * (1 + 4e-4 * chance.standard_normal(len(nav))), 2),
        }
    )


def _index(listings: Listings, least: float, most: float) -> Floats:
    """(T,) the cap-weighted index of the names of a size that were there throughout."""
    close = listings.close.astype(np.float64)
    cap = close[-1] * listings.shares_outstanding[-1]
    is_held = np.isfinite(close).all(axis=0) & (cap >= least) & (cap < most)
    # Names that split would leap: their closes are as printed.
    is_held[listings.splits.column] = False
    weights = cap[is_held] / close[-1, is_held]
    return np.asarray(close[:, is_held] @ weights)
