"""Sums of dollars that do not depend on the order in which names are added, nor on how they were dealt out.

A float64 sum rounds at every step, so that its last digits tell who was added first. Here each name's figure is rounded
once, to a billionth of a dollar, and parted into whole dollars and billionths: both are integers a float64 holds
exactly, and so are their sums, up to 9 × 10¹⁵ dollars. Machines that add up parts of a market agree to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from shortside.listings import Floats, Indexes

PARTS: Final = 2.0**30
"""The parts of a dollar that are told apart: binary billionths."""


@dataclass(frozen=True, eq=False, slots=True)
class ExactDollars:
    """Sums of any shape, normalised: `parts` are integers from 0 up to below 2³⁰, `whole` integers of either sign."""

    whole: Floats
    """Dollars, rounded down."""
    parts: Floats
    """What is above them, in 2⁻³⁰ dollars."""

    @staticmethod
    def zero(*shape: int) -> ExactDollars:
        """Sums of nothing."""
        return ExactDollars(np.zeros(shape), np.zeros(shape))

    @staticmethod
    def of(codes: Indexes, figures: Floats, groups: int, counts: int = 0) -> ExactDollars:
        """(measures, groups) sums of (measures, n) finite figures of names into the groups their codes name.

        Args:
            codes: (n,) which group each name is of.
            figures: dollars, or whole numbers.
            groups: how many groups there are.
            counts: so many of the first measures are whole numbers, and nothing is above them.
        """
        sums = np.zeros((2, len(figures), groups))
        # A row at a time: it stays in the cache, and asks the system for no memory.
        for row, values in enumerate(figures):
            whole = np.floor(values)
            sums[0, row] = np.bincount(codes, whole, groups)
            if row >= counts:
                # A figure just below a whole dollar may round up to all of its parts; the carry takes them over.
                sums[1, row] = np.bincount(codes, np.rint((values - whole) * PARTS), groups)
        return _carried(sums[0], sums[1])

    def __add__(self, other: ExactDollars) -> ExactDollars:
        return _carried(self.whole + other.whole, self.parts + other.parts)

    def __getitem__(self, index: Any) -> ExactDollars:
        return ExactDollars(np.asarray(self.whole[index]), np.asarray(self.parts[index]))

    def summed(self, axis: int) -> ExactDollars:
        """The sums along one axis."""
        return _carried(self.whole.sum(axis=axis), self.parts.sum(axis=axis))

    @property
    def dollars(self) -> Floats:
        """The sums as float64, each rounded once."""
        return np.asarray(self.whole + self.parts / PARTS)


def _carried(whole: Floats, parts: Floats) -> ExactDollars:
    """Sums with at most a dollar in parts."""
    carry = np.floor(parts / PARTS)
    return ExactDollars(np.asarray(whole + carry), np.asarray(parts - carry * PARTS))
