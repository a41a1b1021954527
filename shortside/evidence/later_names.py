"""Finds again what a name of some evening is called later: by its close and its report, which never change."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from shortside.listings import Listings

FEWEST_SHARES = 1_000
"""Smaller positions, at equal closes, can be equal by chance."""


def later_names(known: Listings, whole: Listings, day: date, settlement: date) -> dict[str, str]:
    """By symbol on an evening, the symbol that the security has in listings of a later day, where it is another.

    A ticker changes, is taken over by another company, or goes to one after it: then the symbol alone would find
    nobody, or somebody else. The close of the day and FINRA's report as printed find the security itself.

    Args:
        known: as known on the evening.
        whole: as known later.
        day: the evening.
        settlement: the newest settlement published by then.
    """
    ours, theirs = (_figures(one, day, settlement) for one in (known, whole))
    if ours is None or theirs is None:
        return {}
    single, first, counts = np.unique(theirs, return_index=True, return_counts=True)
    place = np.minimum(np.searchsorted(single, ours), len(single) - 1)
    is_same = (single[place] == ours) & (counts[place] == 1)
    pairs = ((known.symbols[at], whole.symbols[first[place[at]]]) for at in np.flatnonzero(is_same).tolist())
    return {str(symbol): str(later) for symbol, later in pairs if symbol != later}


def _figures(listings: Listings, day: date, settlement: date) -> npt.NDArray[np.complex128] | None:
    """(N,) close and shares short as one number each, NaN where either says too little; None without such a row."""
    row = int(np.searchsorted(listings.sessions, np.datetime64(day, "D")))
    settled = int(np.searchsorted(listings.settlements, np.datetime64(settlement, "D")))
    if row >= len(listings.sessions) or settled >= len(listings.settlements):
        return None
    short = listings.shares_short[settled]
    figures = listings.close[row] + 1j * np.where(short >= FEWEST_SHARES, short, np.nan)
    return np.asarray(figures, np.complex128)
