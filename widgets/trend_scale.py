"""The common scale of a column of sparklines: how far from its oldest figure a name may move before its line is cut."""

from __future__ import annotations

from typing import Final

import numpy as np

from shortside.listings import Floats

SHARE_WITHIN: Final = 0.9
"""How many of the names stay within the scale; the others' lines are cut at its ends."""
LEAST_BOUND: Final = 0.05


def common_bound(figures: Floats) -> float:
    """The move from the oldest known figure, as a fraction, that nine names of ten stay within, in steps of 5 %.

    Args:
        figures: (points, names), oldest first; NaN is unknown.
    """
    if not figures.size:
        return LEAST_BOUND
    known = np.isfinite(figures)
    oldest = figures[known.argmax(axis=0), np.arange(figures.shape[1])]
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = np.abs(figures / np.where(oldest > 0, oldest, np.nan) - 1)
    moves = np.where(np.isfinite(moves), moves, 0.0).max(axis=0)[known.any(axis=0)]
    if not moves.size:
        return LEAST_BOUND
    return max(round(float(np.quantile(moves, SHARE_WITHIN)) / LEAST_BOUND) * LEAST_BOUND, LEAST_BOUND)
