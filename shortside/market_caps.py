"""Market caps of every name in every session, kept as share counts where they change.

A company's count changes a few times a year, its price every day: a matrix of their products would weigh as much as
the closes do, and most of it would say what the closes say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.arrays.stretches import stretches
from shortside.listings import Floats, Indexes

SESSIONS_BETWEEN_WHOLE_ROWS = 32
"""Counts of so many sessions are made from one row that is kept whole."""


@dataclass(frozen=True, eq=False, slots=True)
class MarketCaps:
    """Closes, and the share counts that size companies beside them. T sessions, N names."""

    close: Floats
    """(T, N) USD."""
    whole_rows: Floats
    """(⌈T/32⌉, N) the counts of every 32nd session, from the first on."""
    starts: Indexes
    """(T + 1,) where the changes of each session begin among all, and where the last one's end."""
    columns: Indexes
    """(C,) int32 whose count changes, session by session."""
    counts: Floats
    """(C,) the new counts."""

    @classmethod
    def of(cls, close: Floats, share_counts: Floats) -> MarketCaps:
        """The caps of (T, N) closes and counts, of which the counts are not kept."""
        sessions, columns, counts = [], [], []
        for stretch in stretches(len(close) - 1, close.shape[1]):
            before, now = share_counts[stretch], share_counts[1:][stretch]
            rows, places = np.nonzero((now != before) & ~(np.isnan(now) & np.isnan(before)))
            sessions.append(rows + (stretch.start + 1))
            columns.append(places.astype(np.int32))
            counts.append(now[rows, places])
        changed = np.concatenate([np.empty(0, np.int64), *sessions])
        return cls(
            close,
            share_counts[::SESSIONS_BETWEEN_WHOLE_ROWS].copy(),
            np.searchsorted(changed, np.arange(len(close) + 1)),
            np.concatenate([np.empty(0, np.int32), *columns]),
            np.concatenate([np.empty(0, share_counts.dtype), *counts]),
        )

    def share_counts_at(self, session: int) -> Floats:
        """(N,) shares outstanding in a session; NaN where the count was never known."""
        session = range(len(self.close))[session]
        whole = session // SESSIONS_BETWEEN_WHOLE_ROWS
        counts = self.whole_rows[whole].copy()
        # Of a name that changed twice, the later count is written last.
        since = slice(self.starts[whole * SESSIONS_BETWEEN_WHOLE_ROWS + 1], self.starts[session + 1])
        counts[self.columns[since]] = self.counts[since]
        return np.asarray(counts)

    def at(self, session: int) -> Floats:
        """(N,) USD at a session's close."""
        return np.asarray(self.close[session] * self.share_counts_at(session))

    def matrix(self) -> Floats:
        """(T, N) USD; as much memory as the closes take."""
        return np.stack([self.at(session) for session in range(len(self.close))])
