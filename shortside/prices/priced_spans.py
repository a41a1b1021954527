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


def longest_holes(is_priced: Flags) -> Indexes:
    """(n,) the most sessions in a row without a price between two prices of each name; 0 where there is none.

    Args:
        is_priced: (T, n) whether a session has a price.
    """
    rows = np.arange(len(is_priced), dtype=np.int32)[:, None]
    newest = np.maximum.accumulate(np.where(is_priced, rows, np.int32(-1)), axis=0)
    missing = rows[1:] - newest[:-1] - 1
    is_after = is_priced[1:] & (newest[:-1] >= 0)
    return np.asarray(np.where(is_after, missing, 0).max(axis=0, initial=0), np.int64)
