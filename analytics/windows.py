"""Windows: the stretch of sessions a figure is summed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from analytics.listings import Dates, Indexes
from analytics.sessions import CalendarRangeError, previous_session, session_days

CYCLE = "cycle"
"""The window between the last two settlements known: what the press calls the last 30 days."""
NAMES = ("1d", "5d", CYCLE, "30d", "mtd", "qtd", "ytd", "1y")
"""The windows a key cycles through; `since:YYYY-MM-DD` besides."""


class WindowError(ValueError):
    """A window that cannot be read or does not fit the sessions there are."""


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
        """Sessions of P&L in it."""
        return self.end - self.start


def window_of(name: str, sessions: Dates, end: int | None = None) -> Window:
    """The window of that name which ends at session `end` (the last one by default).

    `1d` and `5d` count sessions of the exchange, held or not; `30d` and `1y` calendar days; `mtd`, `qtd`, `ytd` begin
    with the calendar period; `since:DATE` begins on that day, so P&L starts at the close before it.

    Raises:
        WindowError: no such window, a date that cannot be read, or one after the last session.
    """
    last = len(sessions) - 1 if end is None else end
    end_date: date = sessions[last].astype(date)
    if name in ("1d", "5d"):
        wanted = _sessions_before(sessions, last, int(name[:-1]))
    else:
        before = _last_day_before(name, end_date)
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


def _last_day_before(name: str, end: date) -> date:
    """The calendar day whose close, or the last close before it, the window starts from."""
    if name == "30d":
        return end - timedelta(days=30)
    if name == "1y":
        return date(end.year - 1, end.month, min(end.day, 28) if end.month == 2 else end.day)
    if name.startswith("since:"):
        try:
            return date.fromisoformat(name.removeprefix("since:")) - timedelta(days=1)
        except ValueError as error:
            raise WindowError(f"{name}: not a date; write since:YYYY-MM-DD") from error
    first_month = {"mtd": end.month, "qtd": 3 * ((end.month - 1) // 3) + 1, "ytd": 1}.get(name)
    if first_month is None:
        raise WindowError(f"no window {name!r}; choose one of {', '.join(NAMES)} or since:YYYY-MM-DD")
    return date(end.year, first_month, 1) - timedelta(days=1)


def thirty_days(sessions: Dates, end: int) -> tuple[Window, Window]:
    """The 30 calendar days that end with session `end`, and the 30 before them."""
    this = window_of("30d", sessions, end)
    prior = window_of("30d", sessions, this.start) if this.start > 0 else this_empty(this)
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
        name=CYCLE,
        start=first,
        end=last,
        start_date=sessions[first].astype(date),
        end_date=sessions[last].astype(date),
        is_cut=start < 0 or start == end,
        missed=missed_sessions(sessions[first : last + 1]),
    )


def this_empty(window: Window) -> Window:
    """A window of no sessions at the start of another: what there is when history begins there."""
    return Window(
        name=window.name,
        start=window.start,
        end=window.start,
        start_date=window.start_date,
        end_date=window.start_date,
        is_cut=True,
    )
