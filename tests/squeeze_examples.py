"""A made-up market long enough for the record of a squeeze: forty names, wilder ones behind calmer ones."""

from __future__ import annotations

from datetime import date

import numpy as np
from market_examples import listings_of

from shortside.sessions import session_days
from shortside.settlement import settlement_dates_between

NAMES = 40
SESSIONS = session_days(date(2022, 10, 3), date(2023, 6, 15))
SETTLEMENTS = np.array(settlement_dates_between(date(2022, 9, 30), date(2023, 6, 15)), "datetime64[D]")


def random_market(seed: int = 5):
    """Forty names of 20 to 60 million dollars short over 175 sessions, wilder ones behind calmer ones."""
    random = np.random.default_rng(seed)
    moves = random.normal(0, 1, (len(SESSIONS), NAMES)) * np.linspace(0.01, 0.08, NAMES)
    close = 20 * np.exp(np.cumsum(moves, axis=0))
    shares = np.round(2e6 * np.exp(np.cumsum(random.normal(0, 0.15, (len(SETTLEMENTS), NAMES)), axis=0)))
    volume = np.round(random.lognormal(13, 0.4, close.shape))
    return listings_of(close, shares, sessions=SESSIONS, settlements=SETTLEMENTS, volume=volume.astype(np.float32))


LISTINGS = random_market()
