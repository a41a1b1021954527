"""Normal scores: the place of a value among the others of its day, as a deviation of the normal distribution.

A factor is then on one scale on every day, whatever the market does, and a single odd value weighs no more than its
rank (van der Waerden scores, with the rank less a half over the count).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shortside.listings import Flags, Floats, Indexes

# Acklam's rational approximation of the inverse normal distribution, off by less than 1.2e-9 of the value.
_A = (
    -39.69683028665376,
    220.9460984245205,
    -275.9285104469687,
    138.3577518672690,
    -30.66479806614716,
    2.506628277459239,
)
_B = (-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1.0)
_C = (-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
      2.938163982698783)  # fmt: skip
_D = (0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0)
_TAIL = 0.02425
_MOST = float(np.finfo(np.float32).max)
_SIGN = np.int32(-(1 << 31))


def normal_quantiles(probabilities: Floats) -> Floats:
    """The deviations below which so much of the standard normal distribution lies; probabilities within (0, 1)."""
    upper = np.minimum(probabilities, 1.0 - probabilities)
    middle = probabilities - 0.5
    square = middle * middle
    central = np.polyval(_A, square) * middle / np.polyval(_B, square)
    away = np.sqrt(-2.0 * np.log(upper))
    tail = np.polyval(_C, away) / np.polyval(_D, away) * np.where(middle < 0, 1.0, -1.0)
    return np.asarray(np.where(upper < _TAIL, tail, central))


@lru_cache(maxsize=32)
def _scores_of_ranks(count: int) -> Floats:
    """(2·count − 1,) the scores of the ranks 1, 1.5, 2 … of so many values; ties share a rank, and it may be a half."""
    return normal_quantiles((np.arange(1, 2 * count) + 1.0) / 2.0 / count - 0.5 / count)


@lru_cache(maxsize=32)
def _scores_of_whole_ranks(count: int) -> Floats:
    """(count,) the scores of the ranks 1, 2, 3 …, side by side: every second one elsewhere takes twice as long."""
    return np.ascontiguousarray(_scores_of_ranks(count)[::2])


def normal_scores(values: Floats, among: Flags) -> Floats:
    """(N,) the normal score of each value among the chosen and known ones; NaN elsewhere.

    Equal values share their mean rank; what agrees to seven digits is equal. A single one scores 0: with nobody to
    compare there is neither high nor low.
    """
    is_chosen = np.isfinite(values)
    is_chosen &= among
    if is_chosen.all():
        return _scores_of_known(values)
    scores = np.full(len(values), np.nan)
    if is_chosen.any():
        scores[is_chosen] = _scores_of_known(values[is_chosen])
    return scores


def _scores_of_known(values: Floats) -> Floats:
    count = len(values)
    if not count:
        return np.empty(0)
    keys, scores = _keys(values), np.empty(count)
    order = _ascending(keys)
    ordered = keys.take(order)
    in_order = _scores_of_whole_ranks(count)
    again = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(again):
        in_order = _with_shared_ranks(in_order.copy(), again, _scores_of_ranks(count))
    scores[order] = in_order
    return scores


def _with_shared_ranks(in_order: Floats, again: Indexes, by_rank: Floats) -> Floats:
    """The scores in order, those of equal values changed to that of their mean rank.

    Args:
        in_order: (n,) the scores of the ranks; changed in place.
        again: places of which the next one holds an equal value, ascending.
        by_rank: (2·n − 1,) as `_scores_of_ranks` has them.
    """
    is_new = np.append(True, again[1:] != again[:-1] + 1)
    begins = again[is_new]
    ends = again[np.append(is_new[1:], True)] + 2
    # Ranks begin..ends − 1 from zero share their mean, whose double is a whole number.
    lengths = ends - begins
    starts = np.repeat(begins - np.append(0, np.cumsum(lengths)[:-1]), lengths)
    in_order[starts + np.arange(len(starts))] = np.repeat(by_rank[begins + ends - 1], lengths)
    return in_order


def _keys(values: Floats) -> npt.NDArray[np.uint32]:
    """Whole numbers that stand in the order of the values, which are rounded to single precision."""
    # Adding zero turns a negative zero into the other one.
    bits = (np.clip(values, -_MOST, _MOST).astype(np.float32) + np.float32(0)).view(np.int32)
    # Of a number below zero every bit is turned, else only the sign: shifted so far, the sign fills all of them.
    turned = bits >> 31
    turned |= _SIGN
    bits ^= turned
    return bits.view(np.uint32)


def _ascending(keys: npt.NDArray[np.uint32]) -> npt.NDArray[np.intp]:
    """The order of whole numbers by their lower and then their upper half, which numpy sorts by counting.

    That takes a quarter of the time of comparing them, and 20,000 names have a dozen factors.
    """
    lower, upper = keys.astype(np.uint16), (keys >> np.uint32(16)).astype(np.uint16)
    order = lower.argsort(kind="stable")
    return np.asarray(order.take(upper.take(order).argsort(kind="stable")))
