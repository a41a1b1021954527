"""A window on an axis of sessions: the stretch a figure is summed over, and where its P&L starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from shortside.listings import Dates, Indexes
from shortside.named_windows import CYCLE_WINDOW, WindowError, first_day, named_window, window_choices
from shortside.sessions import CalendarRangeError, days_back, previous_session, session_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Sessions from just after `start` to `end`. P&L starts at the close of `start`, which is before the window."""

    name: str
    start: int
    """Index of the last session before the window: its close is where P&L starts."""
    end: int
    """Index of the last session in it."""
    start_date: date
    end_date: date
    is_cut: bool = False
    """Whether the sessions there are, or the settlements known, begin later than the window asks for."""
    missed: int = 0
    """Sessions of the exchange after `start` and up to `end` of which no close is there: what the session after a hole
    made is of two sessions or more."""

    @property
    def length(self) -> int:
        """How many sessions of P&L the window has."""
        return self.end - self.start


def window_of(name: str, sessions: Dates, end: int | None = None) -> Window:
    """The window of that name which ends at session `end` (the last one by default).

    P&L starts at the close before its first day: of the windows of `WINDOWS` some count sessions of the exchange, held
    or not, and some calendar days, and `since:DATE` begins on that day. `cycle` is not found here but by `cycles`.

    Raises:
        WindowError: no such window, a date that cannot be read, or one after the last session.
    """
    last = len(sessions) - 1 if end is None else end
    end_date: date = sessions[last].astype(date)
    named = named_window(name)
    if named is not None and named.sessions:
        wanted = _sessions_before(sessions, last, named.sessions)
    else:
        before = _day_before(name, end_date)
        if before >= end_date:
            raise WindowError(f"window {name} begins after the last session, {end_date}")
        wanted = int(np.searchsorted(sessions, np.datetime64(before, "D"), "right")) - 1
    start = max(wanted, 0)
    return Window(
        name=name,
        start=start,
        end=last,
        start_date=sessions[start].astype(date),
        end_date=end_date,
        is_cut=wanted < 0,
        missed=missed_sessions(sessions[start : last + 1]),
    )


def _sessions_before(sessions: Dates, last: int, count: int) -> int:
    """Index of the session so many before another; where there is no close of it, of the last one before it."""
    try:
        day = previous_session(sessions[last].astype(date), count)
    except CalendarRangeError:
        return last - count
    return int(np.searchsorted(sessions, np.datetime64(day, "D"), "right")) - 1


def missed_sessions(sessions: Dates) -> int:
    """How many sessions of the exchange are not among those from the first to the last; 0 where nobody can tell."""
    try:
        expected = session_days(sessions[0].astype(date), sessions[-1].astype(date))
    except CalendarRangeError:
        return 0
    # Both ascend without repeats.
    return int(np.setdiff1d(expected, sessions, assume_unique=True).size)


def _day_before(name: str, end: date) -> date:
    """The calendar day whose close, or the last close before it, the window starts from."""
    named, first = named_window(name), first_day(name)
    if first is not None:
        return days_back(first, timedelta(days=1))
    if named is None or named.day_before is None:
        raise WindowError(f"no window {name!r}; choose {window_choices()}")
    return named.day_before(end)


def thirty_days(sessions: Dates, end: int) -> tuple[Window, Window]:
    """The 30 calendar days that end with session `end`, and the 30 before them."""
    this = window_of("30d", sessions, end)
    prior = window_of("30d", sessions, this.start) if this.start > 0 else empty_window_at_start_of(this)
    return this, prior


def cycles(sessions: Dates, settled: Indexes) -> tuple[Window, Window]:
    """From the last settlement but one to the last, and from the one before to that: days on which shares are known.

    Where no two settlements lie within the sessions, a window is empty, or begins with them, and says it is cut.

    Args:
        sessions: the days there are.
        settled: (M,) the session of each settlement known, ascending; before and beyond them, too.
    """
    places = settled[settled < len(sessions)].tolist()
    first = [places[0]] if places else [len(sessions) - 1]
    before, start, end = ([*first * 3, *places])[-3:]
    return _between(sessions, start, end), _between(sessions, before, start)


def _between(sessions: Dates, start: int, end: int) -> Window:
    first, last = max(start, 0), max(end, 0)
    return Window(
        name=CYCLE_WINDOW,
        start=first,
        end=last,
        start_date=sessions[first].astype(date),
        end_date=sessions[last].astype(date),
        is_cut=start < 0 or start == end,
        missed=missed_sessions(sessions[first : last + 1]),
    )


def empty_window_at_start_of(window: Window) -> Window:
    """A window of no sessions at the start of another: what there is when history begins there."""
    return Window(
        name=window.name,
        start=window.start,
        end=window.start,
        start_date=window.start_date,
        end_date=window.start_date,
        is_cut=True,
    )
