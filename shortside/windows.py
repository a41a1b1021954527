"""A window on an axis of sessions: the stretch a figure is summed over, and where its P&L starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from shortside.listings import Dates
from shortside.named_windows import WindowError, first_day, named_window, window_choices


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
    """Whether the sessions there are begin later than the window asks for."""

    @property
    def length(self) -> int:
        """Sessions of P&L in it."""
        return self.end - self.start


def window_of(name: str, sessions: Dates, end: int | None = None) -> Window:
    """The window of that name which ends at session `end` (the last one by default).

    P&L starts at the close before its first day: of the windows of `WINDOWS` some count sessions and some calendar
    days, and `since:DATE` begins on that day.

    Raises:
        WindowError: no such window, a date that cannot be read, or one after the last session.
    """
    last = len(sessions) - 1 if end is None else end
    end_date: date = sessions[last].astype(date)
    named = named_window(name)
    if named is not None and named.day_before is None:
        wanted = last - named.sessions
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
    )


def _day_before(name: str, end: date) -> date:
    """The calendar day whose close, or the last close before it, the window starts from."""
    named, first = named_window(name), first_day(name)
    if first is not None:
        return first - timedelta(days=1)
    if named is None or named.day_before is None:
        raise WindowError(f"no window {name!r}; choose {window_choices()}")
    return named.day_before(end)


def thirty_days(sessions: Dates, end: int) -> tuple[Window, Window]:
    """The 30 calendar days that end with session `end`, and the 30 before them."""
    this = window_of("30d", sessions, end)
    prior = window_of("30d", sessions, this.start) if this.start > 0 else this_empty(this)
    return this, prior


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
