"""What a list of stock loans said of one name, look after look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortside.listings import Flags, Floats

Moments = npt.NDArray[np.datetime64]
"""`datetime64[us]`, UTC."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LoanPath:
    """One name at every look, in the order in which the looks became known. (M,) each."""

    symbol: str
    source: str
    known_at: Moments
    """When the list was made public."""
    fetched_at: Moments
    """When we looked."""
    is_listed: Flags
    """Whether the name was on the list; where not, nothing else is known of it."""
    fee: Floats
    """A fraction a year; NaN unknown."""
    available: Floats
    """Shares; NaN unknown."""
    is_capped: Flags
    """Whether `available` is only a lower bound."""

    def __len__(self) -> int:
        """How many looks there are."""
        return len(self.known_at)
