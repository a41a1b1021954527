"""The steps of prices and share counts between two prints that are large enough for a split, found once for a table.

A step is told by its two prints alone. So those of a stretch of sessions are the ones of the whole table whose two
prints lie in it, and a table of many years need not be gone through anew for every day of it that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np

from shortside.arrays.gaps import carry_forward
from shortside.corporate_actions.plain_ratios import LEAST_SPLIT_FACTOR, plain_ratios
from shortside.listings import Flags, Floats, Indexes

COUNT_TOLERANCE: Final = 0.003
"""How far a change of the share count may be from a plain ratio: it is printed to the share."""
PRICE_TOLERANCE: Final = 0.05
"""How far a leap may be from a plain ratio to be worth a doubt: the day's own return is in it."""
LONGEST_GAP_SESSIONS: Final = 5
"""Sessions without a price across which a leap is still one day's."""


@dataclass(frozen=True, eq=False, slots=True)
class Steps:
    """Changes from one print of a name to its next one. E of them, session by session, and there in order of names."""

    columns: Indexes
    """(E,) whose they are."""
    befores: Indexes
    """(E,) session indexes of the earlier prints."""
    rows: Indexes
    """(E,) session indexes of the later ones."""
    factors: Floats
    """(E,) float64 by how much."""

    @staticmethod
    def joined(parts: Sequence[Steps]) -> Steps:
        """Steps of several origins, put in order."""
        columns, befores, rows, factors = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("columns", "befores", "rows", "factors")
        )
        # One number for both: runs that are in order already are merged, not sorted.
        order = np.argsort(rows * (columns.max(initial=0) + 1) + columns, kind="stable")
        return Steps(columns[order], befores[order], rows[order], factors[order])

    def of(self, kept: Flags) -> Steps:
        """Some of them."""
        return Steps(self.columns[kept], self.befores[kept], self.rows[kept], self.factors[kept])

    def within(self, rows: slice, place: Indexes) -> Steps:
        """Those between prints of some sessions, counted from the first of these, of some names.

        Args:
            rows: the sessions.
            place: (N,) the column that each name has now; below zero for one that is not wanted.
        """
        inside = slice(*np.searchsorted(self.rows, (rows.start, rows.stop)).tolist())
        columns = place[self.columns[inside]]
        kept = np.flatnonzero((self.befores[inside] >= rows.start) & (columns >= 0))
        befores, later = self.befores[inside][kept] - rows.start, self.rows[inside][kept] - rows.start
        return Steps(columns[kept], befores, later, self.factors[inside][kept])


class NightSteps:
    """The steps in one table of prices and share counts, each kind found when it is first asked for.

    Args:
        close: (T, N) float32 USD; NaN where there was none.
        shares_outstanding: (T, N) float32 as printed; NaN unknown.
    """

    def __init__(self, close: Floats, shares_outstanding: Floats) -> None:
        self._close, self._printed = close, shares_outstanding

    @cached_property
    def leaps(self) -> Steps:
        """Every change of a price over a night, or over a few sessions without one, by more than the least split."""
        close = self._close
        priced = np.isfinite(close) & (close > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = close[1:] / close[:-1]
            is_far = (factor > LEAST_SPLIT_FACTOR) | (factor < 1 / LEAST_SPLIT_FACTOR)
        is_far &= priced[1:] & priced[:-1]
        rows, columns = places_of(is_far)
        found = [_steps(columns, rows, rows + 1, factor[rows, columns])]
        # The first prices after a hole of some sessions.
        at, name = places_of(priced[1:] & ~priced[:-1])
        for length in range(2, LONGEST_GAP_SESSIONS + 1):
            later = at + 1
            inside = later >= length
            begins = np.zeros(len(at), bool)
            begins[inside] = priced[later[inside] - length, name[inside]]
            old, new = close[later[begins] - length, name[begins]], close[later[begins], name[begins]]
            across = new / old
            far = (across > LEAST_SPLIT_FACTOR) | (across < 1 / LEAST_SPLIT_FACTOR)
            found.append(_steps(name[begins][far], later[begins][far] - length, later[begins][far], across[far]))
            at, name = at[~begins], name[~begins]
        return Steps.joined(found)

    @cached_property
    def plain_leaps(self) -> Steps:
        """Those leaps that are near a plain ratio."""
        return self.leaps.of(~np.isnan(plain_ratios(self.leaps.factors, PRICE_TOLERANCE)))

    @cached_property
    def count_changes(self) -> Steps:
        """Every change of a share count by a plain ratio, which stands as its price factor."""
        counts = np.where(self._printed > 0, self._printed, np.float32(np.nan))
        carry_forward(counts)
        with np.errstate(invalid="ignore"):
            factor = counts[:-1] / counts[1:]
            is_far = (factor > LEAST_SPLIT_FACTOR - 0.01) | (factor < 1 / (LEAST_SPLIT_FACTOR - 0.01))
        is_far &= np.isfinite(factor)
        rows, columns = places_of(is_far)
        ratios = plain_ratios(factor[rows, columns], COUNT_TOLERANCE)
        told = ~np.isnan(ratios)
        rows, columns = rows[told] + 1, columns[told]
        return Steps(columns, self._printed_before(columns, rows), rows, ratios[told])

    def _printed_before(self, columns: Indexes, rows: Indexes) -> Indexes:
        """(E,) the session of each name's last count before some session."""
        sessions = np.arange(len(self._printed))[:, None]
        is_before = (self._printed[:, columns] > 0) & (sessions < rows)
        return np.asarray(np.where(is_before, sessions, -1).max(axis=0, initial=-1))


@dataclass(frozen=True, eq=False, slots=True)
class StepsAtHand:
    """The steps of some listings, where most of their names are those of a table whose steps are known.

    It has what `NightSteps` of the listings' own tables has.
    """

    known: NightSteps
    """Of the table."""
    rows: slice
    """The sessions of the table that are those of the listings."""
    place: Indexes
    """(N,) the column in the listings of each name of the table; below zero where it has none, or another content."""
    others: Indexes
    """(n,) the columns of the listings that are none of the table."""
    steps_of_others: NightSteps
    """Of those alone."""

    @property
    def plain_leaps(self) -> Steps:
        """As `NightSteps.plain_leaps`."""
        return self._together(self.known.plain_leaps, self.steps_of_others.plain_leaps)

    @property
    def count_changes(self) -> Steps:
        """As `NightSteps.count_changes`."""
        return self._together(self.known.count_changes, self.steps_of_others.count_changes)

    def _together(self, known: Steps, theirs: Steps) -> Steps:
        ours = known.within(self.rows, self.place)
        return Steps.joined([ours, Steps(self.others[theirs.columns], theirs.befores, theirs.rows, theirs.factors)])


def _steps(columns: Indexes, befores: Indexes, rows: Indexes, factors: Floats) -> Steps:
    return Steps(columns, befores, rows, factors.astype(np.float64))


def places_of(flags: Flags) -> tuple[Indexes, Indexes]:
    """Rows and columns of the few flags that stand; along one axis they are found five times as fast as along two."""
    rows, columns = np.divmod(np.flatnonzero(flags), flags.shape[1])
    return rows, columns


_ABOUT: Final[tuple[tuple[int, Literal["left", "right"]], ...]] = ((-1, "left"), (1, "right"))


def are_about(columns: Indexes, rows: Indexes, events: tuple[Indexes, Indexes], span: int) -> Flags:
    """(E,) whether any of some events befell each name within so many sessions of a session, before it or after.

    Args:
        columns: (E,) the names.
        rows: (E,) the session indexes, of any number from 0 on.
        events: (n,) the names and (n,) the session indexes of the events.
        span: how many sessions.
    """
    total = int(max(rows.max(initial=0), events[1].max(initial=0))) + 2 * span + 1
    known = np.sort(events[0] * total + events[1])
    first, last = (np.searchsorted(known, columns * total + rows + way * span, side) for way, side in _ABOUT)
    return np.asarray(first < last)
