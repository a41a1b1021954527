"""On how many of the threshold lists that were kept a name stood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from shortside.listings import Dates, Flags


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ThresholdDays:
    """The lists of a name's exchange that are at hand, oldest first. (D,) each.

    A day without a list is not here: nobody knows what was on it.
    """

    symbol: str
    sources: tuple[str, ...]
    """Whose lists they are."""
    days: Dates
    is_listed: Flags

    @property
    def days_listed(self) -> int:
        """On how many of the lists it is."""
        return int(np.count_nonzero(self.is_listed))

    @property
    def first_day(self) -> date | None:
        """The day of the oldest list; None without any."""
        return self.days[0].astype(date) if len(self.days) else None

    @property
    def last_day(self) -> date | None:
        """The day of the newest list; None without any."""
        return self.days[-1].astype(date) if len(self.days) else None

    @property
    def last_listed(self) -> date | None:
        """The newest day it was on a list; None where it was on none of them."""
        return self.days[self.is_listed][-1].astype(date) if self.days_listed else None
