"""The windows that have a name, in the order in which a key goes through them; `since:DATE` is the one without.

Reading the command line takes this list, so that nothing heavy is imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, NamedTuple


class WindowError(ValueError):
    """A window that cannot be read or does not fit the sessions there are."""


class NamedWindow(NamedTuple):
    """A window with a name: so many sessions, or all since a calendar day."""

    name: str
    words: str
    """What it holds, for the manual."""
    sessions: int = 0
    """How many sessions of the exchange it counts, held or not; 0 where days or settlements decide."""
    day_before: Callable[[date], date] | None = None
    """Of a window of calendar days: the day before its first, of its last day. None where sessions or settlements
    decide."""


def _day_before_month(year: int, month: int) -> date:
    """The day before a month begins."""
    return date(year, month, 1) - timedelta(days=1)


def _year_ago(end: date) -> date:
    return date(end.year - 1, end.month, min(end.day, 28) if end.month == 2 else end.day)


CYCLE_WINDOW: Final = "cycle"
"""The window that settlements decide, not days: what the press calls the last 30 days."""

WINDOWS: Final = (
    NamedWindow("1d", "the last session", sessions=1),
    NamedWindow("5d", "the last five sessions", sessions=5),
    NamedWindow(CYCLE_WINDOW, "from the last settlement known but one to the last"),
    NamedWindow("30d", "the last 30 calendar days", day_before=lambda end: end - timedelta(days=30)),
    NamedWindow("mtd", "the calendar month so far", day_before=lambda end: _day_before_month(end.year, end.month)),
    NamedWindow(
        "qtd", "the quarter so far", day_before=lambda end: _day_before_month(end.year, 3 * ((end.month - 1) // 3) + 1)
    ),
    NamedWindow("ytd", "the calendar year so far", day_before=lambda end: _day_before_month(end.year, 1)),
    NamedWindow("1y", "the last year", day_before=_year_ago),
)
"""The one list of them: settings, command line, keys, screens and the manual read it."""

SINCE_PREFIX: Final = "since:"
"""What a window begins with that is named for its first day."""
SINCE_FORM: Final = f"{SINCE_PREFIX}YYYY-MM-DD"


def window_names() -> tuple[str, ...]:
    """The names, in the list's order."""
    return tuple(window.name for window in WINDOWS)


def window_choices() -> str:
    """Every window there is, in words that follow "must be"."""
    return f"one of {', '.join(window_names())} or {SINCE_FORM}"


def named_window(name: str) -> NamedWindow | None:
    """The window of that name; None where no window is called so."""
    return next((window for window in WINDOWS if window.name == name), None)


def first_day(name: str) -> date | None:
    """The day a `since:` window begins on; None for a window of another kind.

    Raises:
        WindowError: what follows `since:` is no day.
    """
    if not name.startswith(SINCE_PREFIX):
        return None
    try:
        return date.fromisoformat(name.removeprefix(SINCE_PREFIX))
    except ValueError as error:
        raise WindowError(f"{name}: not a date; write {SINCE_FORM}") from error


def window_title(name: str) -> str:
    """A window as a title says it: `YTD`, `since:2023-08-01`."""
    return name if name.startswith(SINCE_PREFIX) else name.upper()
