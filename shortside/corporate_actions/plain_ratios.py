"""Plain ratios: the few numbers that companies split their shares by, and how they are said."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from shortside.net_changes import Floats

LEAST_SPLIT_FACTOR: Final = 1.4
"""The smallest factor taken for a split; below it, dividends and spin-offs look alike."""
LARGEST_SPLIT_FACTOR: Final = 10_000.0
"""A split by more than that, either way, is a slip of the pen."""
PLAIN_RATIO_TOLERANCE: Final = 0.01
"""How far a factor may be from a plain ratio: prices are rounded to the cent, and a dividend may fall on the day."""


def plain_ratio(factor: float, near: float = PLAIN_RATIO_TOLERANCE) -> float | None:
    """The plain ratio that one price factor stands for, as `plain_ratios` tells it; None if it is near none."""
    (ratio,) = plain_ratios(np.array([factor]), near).tolist()
    return None if np.isnan(ratio) else float(ratio)


def plain_ratios(factors: Floats, near: float = PLAIN_RATIO_TOLERANCE) -> Floats:
    """(n,) float64 plain ratios that price factors stand for: whole, half-whole, or the inverse of one; NaN near none.

    Args:
        factors: what prices before are multiplied by.
        near: the part by which one may miss its ratio.
    """
    given = np.asarray(factors, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.maximum(given, 1 / given)
        halves = np.rint(2 * size) / 2
        # Large ratios are whole: 30.5-for-1 is nobody's split.
        plain = np.where(halves <= 4, halves, np.rint(np.minimum(size, LARGEST_SPLIT_FACTOR)))
        is_near = (given > 0) & (plain >= LEAST_SPLIT_FACTOR) & ~(np.abs(size / plain - 1) > near)
        ratios = np.where(given > 1, plain, 1 / plain)
    return np.where(np.isfinite(given) & is_near, ratios, np.nan)


def is_possible(factor: float) -> bool:
    """Whether a listed price factor can be one at all."""
    return bool(np.isfinite(factor)) and 1 / LARGEST_SPLIT_FACTOR <= factor <= LARGEST_SPLIT_FACTOR


def are_possible(factors: Floats) -> npt.NDArray[np.bool_]:
    """(n,) `is_possible` of each."""
    # What is unknown is on neither side of a bound.
    return np.asarray((factors >= 1 / LARGEST_SPLIT_FACTOR) & (factors <= LARGEST_SPLIT_FACTOR))


def ratio_words(price_factor: float) -> str:
    """A split in the words of the trade: `4 for 1`, `3 for 2`, `1 for 30`."""
    size = max(price_factor, 1 / price_factor)
    many, few = (round(2 * size), 2) if round(2 * size) % 2 and size <= 4 else (round(size), 1)
    return f"{few} for {many}" if price_factor > 1 else f"{many} for {few}"
