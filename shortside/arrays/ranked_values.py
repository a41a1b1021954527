"""What follows from values put in order, without a library that most programs here never need.

`np.unique` of values alone and `np.median` import `numpy.ma` when they are first called: 6 MB of memory, and 20 ms
before the first market. A test sees to it that the demo market does without.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from shortside.listings import Flags, Floats

_Numbers = TypeVar("_Numbers", bound=np.generic)


def distinct(values: np.ndarray[tuple[int, ...], np.dtype[_Numbers]]) -> np.ndarray[tuple[int], np.dtype[_Numbers]]:
    """(d,) the values of an array of whole numbers or days, ascending, each once."""
    ranked = np.sort(values, axis=None)
    is_first = np.ones(len(ranked), bool)
    is_first[1:] = ranked[1:] != ranked[:-1]
    return np.asarray(ranked[is_first])


def are_among(values: np.ndarray[Any, np.dtype[_Numbers]], others: np.ndarray[Any, np.dtype[_Numbers]]) -> Flags:
    """(n,) which values are among others, for thousands of both; what is unknown is among none."""
    if not len(others):
        return np.zeros(len(values), bool)
    ranked = np.sort(others)
    at = np.minimum(np.searchsorted(ranked, values), len(ranked) - 1)
    return np.asarray(ranked[at] == values)


def median(values: Floats) -> float:
    """The median of at least one value; none of them is unknown."""
    if len(values) == 1:
        return float(values[0])
    ranked = np.sort(values)
    low, high = ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]
    return float(low if len(ranked) % 2 else (low + high) / 2)


def unknown_last(values: Floats, *, descends: bool) -> Floats:
    """(n,) keys whose ascending order is that of the values, or the other way round where it descends.

    Unknown values stand last either way.
    """
    return np.asarray(np.where(np.isfinite(values), -values if descends else values, np.inf))
