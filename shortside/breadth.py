"""Breadth: how many shorts gained, lost or stood still, by names and separately by dollars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.listings import Flags, Floats, Indexes
from shortside.tiers import summed


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Breadth:
    """Counts and dollars per group. (R,) each."""

    gaining: Floats
    """Names whose shorts made money in the window."""
    losing: Floats
    flat: Floats
    gaining_dollars: Floats
    """Average short interest of the gaining names, USD."""
    losing_dollars: Floats
    flat_dollars: Floats

    @property
    def names(self) -> Floats:
        """Names held short at some time in the window."""
        return self.gaining + self.losing + self.flat

    @property
    def gaining_names_ratio(self) -> Floats:
        """Share of names that gained; NaN for an empty group."""
        return quotient(self.gaining, self.names)

    @property
    def gaining_dollars_ratio(self) -> Floats:
        """Share of short dollars in names that gained."""
        return quotient(self.gaining_dollars, self.gaining_dollars + self.losing_dollars + self.flat_dollars)


def breadth(profit: Floats, average_short_interest: Floats, codes: Indexes, rows: int, included: Flags) -> Breadth:
    """Breadth per group of the names that were held short at all."""
    held = included & (average_short_interest > 0)

    def count(which: Flags) -> Floats:
        return np.bincount(codes[which & held], minlength=rows).astype(np.float64)

    def dollars(which: Flags) -> Floats:
        return summed(codes, average_short_interest, rows, which & held)

    up, down, still = profit > 0, profit < 0, profit == 0
    return Breadth(
        gaining=count(up),
        losing=count(down),
        flat=count(still),
        gaining_dollars=dollars(up),
        losing_dollars=dollars(down),
        flat_dollars=dollars(still),
    )


def quotient(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient in float64, NaN where the denominator is zero or unknown."""
    known = np.isfinite(denominator) & (denominator != 0)
    blank = np.full(np.shape(numerator), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=blank, where=known))
