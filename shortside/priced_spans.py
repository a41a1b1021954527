"""When each name was priced: its first session, its last, and how many between them lack a price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.listings import Flags, Indexes


@dataclass(frozen=True, eq=False, slots=True)
class PricedSpans:
    """The spans of N names, each of which was priced at least once. (N,) each."""

    first: Indexes
    """Session index of the first price."""
    last: Indexes
    """Session index of the last one."""
    missing: Indexes
    """Sessions between the two without a price."""

    @staticmethod
    def of(is_priced: Flags) -> PricedSpans:
        """The spans in (T, N) flags, one for each session with a price."""
        first = is_priced.argmax(axis=0)
        last = len(is_priced) - 1 - is_priced[::-1].argmax(axis=0)
        return PricedSpans(first, last, last - first + 1 - np.count_nonzero(is_priced, axis=0))
