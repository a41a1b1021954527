"""A market in which one name distributes a part of its price, for tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from market_examples import listings_of, splits_of

from shortside.net_changes import follows_previous_session, net_changes_of

SESSIONS, EX_DATE = 60, 30
"""Sessions there are, and the index of the one that goes on without what was distributed."""
NAMES = 50
"""Enough that one net change of its own misdates no session."""
SHORT = 1e6


def spun_off(before=66.0, counted_from=49.6, after=49.0, *, splits=(), odd_names=1):
    """A million shares short of each of fifty names, of which the first distributes; the others stand at 10 USD."""
    close = np.full((SESSIONS, NAMES), 10.0)
    close[:, 0] = np.where(np.arange(SESSIONS) < EX_DATE, before, after)
    official = np.vstack([np.full((1, NAMES), np.nan), close[:-1]])
    official[EX_DATE, 0] = counted_from
    official[EX_DATE, 1:odd_names] = 5.0
    listings = listings_of(close, np.full((6, NAMES), SHORT))
    changes = net_changes_of(listings.sessions, listings.close, official, follows_previous_session(listings.sessions))
    events = splits_of(listings.sessions, splits) if splits else listings.splits
    return replace(listings, net_changes=changes, splits=events)
