"""Net changes as a witness: where the screener's previous close is another than the close of the session before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shortside.sessions import CalendarRangeError, previous_session

Floats = npt.NDArray[np.floating[Any]]

LEAST_DISAGREEMENT_RATIO: Final = 0.005
"""Smaller disagreements are roundings and ordinary dividends."""
ROUNDING_DOLLARS: Final = 0.011
"""USD: two prices rounded to the cent may be so far apart."""


MOST_CONTRADICTED: Final = 0.05
"""Of the names of a session; beyond it the session is misdated. Normal days have less than 2.5 %."""
FEWEST_COMPARED: Final = 40
"""With fewer names a share of them says nothing: two in forty are allowed."""


def is_misdated(contradicted: int, names: int) -> bool:
    """Whether so many net changes part from the session before that it is not the dividends and splits of a day."""
    return contradicted > MOST_CONTRADICTED * max(names, FEWEST_COMPARED)


def are_misdated(contradicted: npt.NDArray[np.int64], names: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """(T,) `is_misdated` of every session."""
    return np.asarray(contradicted > MOST_CONTRADICTED * np.maximum(names, FEWEST_COMPARED))


def comparable(before: Floats, told: Floats) -> npt.NDArray[np.bool_]:
    """(N,) names that have both a close and, from the session after, a previous close."""
    return np.asarray((before > 0) & (told > 0) & np.isfinite(told))


def parts_from(before: Floats, told: Floats) -> npt.NDArray[np.bool_]:
    """(N,) names whose close is another than the previous close that a later look tells."""
    gap = np.abs(told.astype(np.float64) - before)
    return np.asarray(comparable(before, told) & (gap > LEAST_DISAGREEMENT_RATIO * before) & (gap > ROUNDING_DOLLARS))


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class NetChanges:
    """Where (close − net change) parts from the session before, compact. E events, T sessions."""

    column: npt.NDArray[np.int64]
    """(E,) which name, an index into `Listings.symbols`."""
    session: npt.NDArray[np.datetime64]
    """(E,) the session whose net change it is; with the price of that session it becomes known."""
    ratio: Floats
    """(E,) (close − net change) / previous close: 0.25 for a split of 4 for 1, 0.8 for a spin-off of a fifth."""
    compared: npt.NDArray[np.int64]
    """(T,) names with a net change and a close in the exchange's session before."""
    contradicted: npt.NDArray[np.int64]
    """(T,) how many of them parted from it: a dividend or split each, or all of them where a session is misdated."""

    def until(self, last: np.datetime64, rows: slice) -> NetChanges:
        """The part known on a day, of the sessions of some rows."""
        return self.of(self.session <= last, self.column, rows)

    def of(self, kept: npt.NDArray[np.bool_], column: npt.NDArray[np.int64], rows: slice = slice(None)) -> NetChanges:
        """Some of the events, under other columns."""
        return NetChanges(
            column=column[kept].astype(np.int64),
            session=self.session[kept],
            ratio=self.ratio[kept],
            compared=self.compared[rows],
            contradicted=self.contradicted[rows],
        )


def net_changes_of(
    sessions: npt.NDArray[np.datetime64], close: Floats, official: Floats, is_next: npt.NDArray[np.bool_]
) -> NetChanges | None:
    """The events in prices; None where there is no net change at all.

    Args:
        sessions: (T,).
        close: (T, N) as paid.
        official: (T, N) close less net change, from one look at the session; NaN where there is none.
        is_next: (T,) whether the row before is the exchange's session before: across a hole nothing is proven.
    """
    if not np.isfinite(official).any():
        return None
    compared, contradicted = (np.zeros(len(sessions), np.int64) for _ in range(2))
    columns, rows, ratios = [], [], []
    for row in np.flatnonzero(is_next).tolist():
        before, told = close[row - 1].astype(np.float64), official[row].astype(np.float64)
        parts = parts_from(before, told)
        compared[row], contradicted[row] = comparable(before, told).sum(), parts.sum()
        found = np.flatnonzero(parts)
        columns.append(found)
        rows.append(np.full(len(found), row))
        ratios.append(told[found] / before[found])
    if not columns:
        return None
    return NetChanges(
        column=np.concatenate(columns).astype(np.int64),
        session=sessions[np.concatenate(rows)],
        ratio=np.concatenate(ratios),
        compared=compared,
        contradicted=contradicted,
    )


def follows_previous_session(sessions: npt.NDArray[np.datetime64]) -> npt.NDArray[np.bool_]:
    """(T,) whether the session before each is the exchange's own session before it."""

    def is_next(row: int) -> bool:
        try:
            day: date = previous_session(sessions[row].astype(date))
        except CalendarRangeError:
            return False
        return bool(sessions[row - 1] == np.datetime64(day, "D"))

    return np.array([row > 0 and is_next(row) for row in range(len(sessions))], bool)
