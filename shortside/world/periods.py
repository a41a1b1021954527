"""Cuts a stretch of sessions into months or settlement cycles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

import numpy as np

from shortside.listings import Dates, Indexes
from shortside.sessions import CalendarRangeError, session_days


class Every(StrEnum):
    """How long the periods of a history are."""

    MONTH = "month"
    """From the last close of one calendar month to the last of the next."""
    CYCLE = "cycle"
    """From one settlement of short interest to the next, the days on which shares are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Sessions from just after `start` to `end`, as in `shortside.windows.Window`."""

    start: int
    """Index of the session at whose close P&L starts."""
    end: int
    """Index of the last session."""
    start_date: date
    end_date: date
    is_whole: bool
    """Whether it is a whole month or cycle: the first and the last of a history are where they are cut."""

    @property
    def length(self) -> int:
        """How many sessions of P&L it has."""
        return self.end - self.start


def periods_of(
    sessions: Dates, knots: Indexes, every: Every, first: date | None, last: date | None
) -> tuple[Period, ...]:
    """The periods between two days, oldest first; each begins where the one before it ends.

    P&L starts at the close before the first day. Where no settlement is known by then it starts at the first one that
    is, for of what was short before nobody can say anything.

    Args:
        sessions: the days there are.
        knots: (M,) session of each settlement known, ascending; before and beyond the sessions, too.
        every: months or cycles.
        first: the first day; None for as far back as the sessions go.
        last: the last day; None for the last session.
    """
    inside = knots[(knots >= 0) & (knots < len(sessions))]
    if not len(knots) or not len(sessions):
        return ()
    begin = 0 if first is None else max(int(np.searchsorted(sessions, np.datetime64(first, "D"))) - 1, 0)
    wanted = begin
    begin = max(begin, int(knots[0]))
    end = len(sessions) - 1 if last is None else int(np.searchsorted(sessions, np.datetime64(last, "D"), "right")) - 1
    if end <= begin:
        return ()
    natural = _month_ends(sessions) if every is Every.MONTH else inside
    bounds = [begin, *natural[(natural > begin) & (natural < end)].tolist(), end]
    complete = set(natural.tolist())
    if begin != wanted:
        complete.discard(begin)
    days = sessions.astype(object)
    return tuple(
        Period(
            start=one,
            end=other,
            start_date=days[one],
            end_date=days[other],
            is_whole=one in complete and other in complete,
        )
        for one, other in pairwise(bounds)
    )


def _month_ends(sessions: Dates) -> Indexes:
    """The sessions that another month follows, and the last one where the exchange opens no more in its month."""
    months = sessions.astype("datetime64[M]")
    ends = np.flatnonzero(months[1:] != months[:-1])
    is_over = not _opens_again(sessions[-1])
    return np.asarray(np.append(ends, len(sessions) - 1) if is_over else ends, np.int64)


def _opens_again(session: np.datetime64) -> bool:
    """Whether a later session lies in the month of one; yes where nobody can tell."""
    following = (session + 1).astype(date)
    last = ((session.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1).astype(date)
    if following > last:
        return False
    try:
        return bool(len(session_days(following, last)))
    except CalendarRangeError:
        return True
