"""Plain ratios: the few numbers that companies split their shares by, and how they are said."""

from __future__ import annotations

from typing import Final

import numpy as np

LEAST_SPLIT_FACTOR: Final = 1.4
"""The smallest factor taken for a split; below it, dividends and spin-offs look alike."""
LARGEST_SPLIT_FACTOR: Final = 10_000.0
"""A split by more than that, either way, is a slip of the pen."""
PLAIN_RATIO_TOLERANCE: Final = 0.01
"""How far a factor may be from a plain ratio: prices are rounded to the cent, and a dividend may fall on the day."""


def plain_ratio(factor: float, near: float = PLAIN_RATIO_TOLERANCE) -> float | None:
    """The plain ratio a price factor stands for: whole, half-whole, or the inverse of one; None if it is near none.

    Args:
        factor: what prices before are multiplied by.
        near: the part by which it may miss the ratio.
    """
    if not np.isfinite(factor) or factor <= 0:
        return None
    size = max(factor, 1 / factor)
    halves = round(2 * size) / 2 if size < LARGEST_SPLIT_FACTOR else LARGEST_SPLIT_FACTOR
    # Large ratios are whole: 30.5-for-1 is nobody's split.
    plain = halves if halves <= 4 else float(round(min(size, LARGEST_SPLIT_FACTOR)))
    if plain < LEAST_SPLIT_FACTOR or abs(size / plain - 1) > near:
        return None
    return plain if factor > 1 else 1 / plain


def is_possible(factor: float) -> bool:
    """Whether a listed price factor can be one at all."""
    return bool(np.isfinite(factor)) and 1 / LARGEST_SPLIT_FACTOR <= factor <= LARGEST_SPLIT_FACTOR


def ratio_words(price_factor: float) -> str:
    """A split in the words of the trade: `4 for 1`, `3 for 2`, `1 for 30`."""
    size = max(price_factor, 1 / price_factor)
    many, few = (round(2 * size), 2) if round(2 * size) % 2 and size <= 4 else (round(size), 1)
    return f"{few} for {many}" if price_factor > 1 else f"{many} for {few}"
