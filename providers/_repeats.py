"""Tells a row that is there twice, which is harmless, from two rows that contradict each other, which is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Repeats:
    """What was found among rows with the same key."""

    same: int
    """Rows that repeat an earlier one in everything."""
    conflict: tuple[int, int] | None
    """The first two rows, by index, with one key and different values."""


def repeats(keys: npt.NDArray[np.int64], values: Sequence[npt.NDArray[Any]]) -> Repeats:
    """Compare the rows that share a key.

    Args:
        keys: (R,) one number a row, equal for rows that must not both be there.
        values: arrays of (R,); NaN equals NaN here.
    """
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    earlier, later = order[again], order[again + 1]
    differs = np.zeros(len(again), bool)
    for column in values:
        one, other = column[earlier], column[later]
        differs |= (one != other) & ~((one != one) & (other != other))  # NaN is unlike itself
    if not differs.any():
        return Repeats(len(again), None)
    first = int(np.flatnonzero(differs)[np.argmin(later[differs])])
    return Repeats(int((~differs).sum()), (int(earlier[first]), int(later[first])))
