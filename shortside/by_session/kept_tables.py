"""Tables of prices and share counts of many sessions, and what is made of them once for every day that is shown.

Of what is made here nothing later than the sessions asked for decides any figure: only which way it is worked out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shortside.arrays.gaps import carry_forward
from shortside.corporate_actions.night_steps import NightSteps, Steps, StepsAtHand, places_of
from shortside.listings import Floats, Indexes, Listings
from shortside.prices.traded import in_two_bytes
from shortside.share_counts import are_apart, are_believable


class KeptTables:
    """The tables of all sessions there are, as they were printed. T sessions, N names.

    Args:
        close: (T, N) float32 USD; NaN where there was none.
        volume: (T, N) float32 shares a session; NaN unknown.
        shares_outstanding: (T, N) float32 shares; NaN unknown.
    """

    def __init__(self, close: Floats, volume: Floats, shares_outstanding: Floats) -> None:
        self._close, self._volume, self._printed = close, volume, shares_outstanding

    @cached_property
    def steps(self) -> NightSteps:
        """The steps large enough for a split."""
        return NightSteps(self._close, self._printed)

    @cached_property
    def carried_close(self) -> Floats:
        """(T, N) the closes, gaps filled with the last one before; NaN before the first."""
        closes = self._close.copy()
        carry_forward(closes)
        return closes

    @cached_property
    def volume_in_two_bytes(self) -> npt.NDArray[np.float16]:
        """(T, N) the volumes as a market keeps them."""
        return in_two_bytes(self._volume)

    @cached_property
    def carried_counts(self) -> Floats:
        """(T, N) the share counts that can be, gaps filled with the last one before; NaN before the first."""
        counts = np.where(are_believable(self._printed), self._printed, np.float32(np.nan))
        carry_forward(counts)
        return counts

    @cached_property
    def least_count(self) -> Floats:
        """(N,) the least share count that was ever printed; NaN of none."""
        return np.asarray(np.fmin.reduce(self.carried_counts, axis=0))

    @cached_property
    def newest_count(self) -> npt.NDArray[np.int16]:
        """(T, N) the newest session with a share count, up to each; −1 before the first."""
        sessions = np.arange(len(self._printed), dtype=np.int16)[:, None]
        rows = np.where(are_believable(self._printed), sessions, np.int16(-1))
        return np.asarray(np.maximum.accumulate(rows, axis=0))

    @cached_property
    def next_count(self) -> npt.NDArray[np.int16]:
        """(T, N) the first session with a share count, from each on; T after the last."""
        sessions = np.arange(len(self._printed), dtype=np.int16)[:, None]
        rows = np.where(are_believable(self._printed), sessions, np.int16(len(self._printed)))
        return np.asarray(np.minimum.accumulate(rows[::-1], axis=0)[::-1])

    @cached_property
    def count_moves(self) -> Steps:
        """Every change of a share count."""
        counts = self.carried_counts
        before, after = counts[:-1], counts[1:]
        rows, columns = places_of((before != after) & ~np.isnan(before))
        befores = self.newest_count[rows, columns].astype(np.int64)
        return Steps(columns, befores, rows + 1, after[rows, columns] / before[rows, columns].astype(np.float64))

    @cached_property
    def count_jumps(self) -> Steps:
        """Those changes of a share count by which it is worth judging."""
        moves = self.count_moves
        jumped = are_apart(
            self.carried_counts[moves.rows, moves.columns], self.carried_counts[moves.rows - 1, moves.columns]
        )
        return Steps(moves.columns[jumped], moves.befores[jumped], moves.rows[jumped], moves.factors[jumped])


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class TablesAtHand:
    """Which of the tables that are kept some listings were made of. T sessions, N names of the listings."""

    kept: KeptTables
    listings: Listings
    """Whose tables by session these are."""
    rows: slice
    """The sessions of the kept tables that are theirs."""
    origins: Indexes
    """(N,) the kept column that each name's tables by session are of, as they are; −1 of one whose are others."""
    place: Indexes
    """(n,) the name that each kept column is, as it is; −1 of one that is none."""
    first_priced: Indexes
    """(N,) the session of the first price; of a name that has an origin."""
    last_priced: Indexes
    """(N,) the session of the last one; of a name that has an origin."""

    def are_of(self, listings: Listings) -> bool:
        """Whether some listings have the same tables by session."""
        return (
            listings.close is self.listings.close
            and listings.volume is self.listings.volume
            and listings.shares_outstanding is self.listings.shares_outstanding
        )

    def steps(self) -> StepsAtHand:
        """The steps of the listings' prices and share counts."""
        others = np.flatnonzero(self.origins < 0)
        close, counts = (
            table.take(others, axis=1) for table in (self.listings.close, self.listings.shares_outstanding)
        )
        return StepsAtHand(self.kept.steps, self.rows, self.place, others, NightSteps(close, counts))
