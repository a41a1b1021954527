"""Normal scores: the place of a value among the others of its day, as a deviation of the normal distribution.

A factor is then on one scale on every day, whatever the market does, and a single odd value weighs no more than its
rank (van der Waerden scores, with the rank less a half over the count).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from shortside.listings import Flags, Floats

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


def normal_scores(values: Floats, among: Flags) -> Floats:
    """(N,) the normal score of each value among the chosen and known ones; NaN elsewhere.

    Equal values share their mean rank. A single one scores 0: with nobody to compare there is neither high nor low.
    """
    scores = np.full(len(values), np.nan)
    chosen = np.flatnonzero(among & np.isfinite(values))
    if len(chosen):
        order = np.argsort(values[chosen])
        ordered = values[chosen[order]]
        begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        ends = np.append(begins[1:], len(chosen))
        # Ranks begin..ends − 1 from zero share their mean, whose double is a whole number.
        scores[chosen[order]] = np.repeat(_scores_of_ranks(len(chosen))[begins + ends - 1], ends - begins)
    return scores
