"""NYSE sessions from a shipped table: which days trade, when they open and close, what is going on now.

Two notions of session live here. A *session* is a day New York did trade. A *scheduled* session is one the
published calendar promised: days closed at short notice (Hurricane Sandy 2012-10-29 and -30, the mourning
days 2018-12-05 and 2025-01-09) are scheduled sessions but not sessions. FINRA counts its business days on
the scheduled ones.

The table is `shortside/nyse_closures.py`; `docs/make_nyse_closures.py` regenerates it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

from shortside import nyse_closures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEW_YORK: Final = ZoneInfo("America/New_York")
"""The zone all United States market hours are told in."""
FIRST_DAY: Final = date(nyse_closures.FIRST_YEAR, 1, 1)
"""The first day the table can judge."""
LAST_DAY: Final = date(nyse_closures.LAST_YEAR, 12, 31)
"""The last day the table can judge."""

PRE_MARKET_OPENING_TIME: Final = time(4)
OPENING_TIME: Final = time(9, 30)
CLOSING_TIME: Final = time(16)
EARLY_CLOSING_TIME: Final = time(13)
AFTER_HOURS_SPAN: Final = timedelta(hours=4)
"""How long extended trading lasts after the close; it moves forward with an early one."""

ONE_DAY: Final = timedelta(days=1)


class CalendarRangeError(LookupError):
    """A day was asked for that the shipped table of closures does not cover."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"{day} is outside the NYSE table of {FIRST_DAY} to {LAST_DAY}; "
            "extend it with: python docs/make_nyse_closures.py --first YEAR --last YEAR"
        )


class NotASessionError(ValueError):
    """A bell was asked of a day on which none rings."""

    def __init__(self, day: date) -> None:
        super().__init__(f"New York does not trade on {day:%A} {day}")


class NaiveMomentError(ValueError):
    """A moment came without its zone, so nobody can say when it is."""

    def __init__(self, moment: datetime, name: str) -> None:
        super().__init__(f"{name} has no time zone: {moment.isoformat()}; pass an aware datetime such as UTC")


class MarketState(Enum):
    """What the New York market is doing."""

    PRE = "PRE"
    """Extended trading before the bell, from 04:00."""
    OPEN = "OPEN"
    """The regular session."""
    AFTER = "AFTER"
    """Extended trading, four hours from the close."""
    CLOSED = "CLOSED"
    """Night, weekend or holiday."""


def _days(table: Mapping[int, str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(f"{year}-{day}") for year, line in table.items() for day in line.split())


SCHEDULED_CLOSURES: Final = _days(nyse_closures.SCHEDULED)
"""Weekday holidays of the published calendar."""
AD_HOC_CLOSURES: Final = _days(nyse_closures.AD_HOC)
"""Weekdays closed at short notice."""
EARLY_CLOSES: Final = _days(nyse_closures.EARLY_CLOSES)
"""Sessions that end at 13:00."""


def in_utc(moment: datetime, name: str = "moment") -> datetime:
    """A moment with a zone, told in UTC; every `_at` in this program is one.

    Raises:
        NaiveMomentError: the moment has no zone; `name` says which argument it was.
    """
    if moment.utcoffset() is None:
        raise NaiveMomentError(moment, name)
    return moment.astimezone(UTC)


Moment = TypeVar("Moment", datetime, date)


def believable(moment: Moment) -> Moment:
    """A day or a moment that somebody wrote into a file, if there can have been one of it.

    Raises:
        ValueError: its year is outside the table of sessions, where no arithmetic of days is safe.
    """
    # Not the last year: what comes after a day is asked for, too.
    if not FIRST_DAY.year <= moment.year < LAST_DAY.year:
        raise ValueError(f"{moment:%Y-%m-%d} is no day one can have seen")
    return moment


def new_york_date(moment: datetime) -> date:
    """The day on New York's calendar at that moment: late evening there is already tomorrow in UTC."""
    return in_utc(moment).astimezone(NEW_YORK).date()


def days_back(day: date, span: timedelta) -> date:
    """The day a span before another; the first of the calendar where that does not reach so far back."""
    return date.min + max(day - date.min - span, timedelta(0))


def require_covered(*days: date) -> None:
    """Let days pass that the table covers.

    Raises:
        CalendarRangeError: one is outside; every function below raises it too.
    """
    for day in days:
        if not FIRST_DAY <= day <= LAST_DAY:
            raise CalendarRangeError(day)


def is_scheduled_session(day: date) -> bool:
    """Whether the published calendar promised trading, which is what FINRA counts as a business day."""
    require_covered(day)
    return day.weekday() < 5 and day not in SCHEDULED_CLOSURES


def is_session(day: date) -> bool:
    """Whether New York trades, or did trade, on that day."""
    return is_scheduled_session(day) and day not in AD_HOC_CLOSURES


def _walk(day: date, step: timedelta, accepts: Callable[[date], bool]) -> Iterator[date]:
    while True:
        day += step
        if accepts(day):
            yield day


def _nth(day: date, step: timedelta, count: int, accepts: Callable[[date], bool]) -> date:
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    walk = _walk(day, step, accepts)
    for _ in range(count - 1):
        next(walk)
    return next(walk)


def next_session(day: date, count: int = 1) -> date:
    """The session `count` sessions after a day, which need not be a session itself."""
    return _nth(day, ONE_DAY, count, is_session)


def previous_session(day: date, count: int = 1) -> date:
    """The session `count` sessions before a day, which need not be a session itself."""
    return _nth(day, -ONE_DAY, count, is_session)


def next_scheduled_session(day: date, count: int = 1) -> date:
    """The session `count` sessions after a day by the published calendar, where days closed at short notice count."""
    return _nth(day, ONE_DAY, count, is_scheduled_session)


def session_on_or_before(day: date) -> date:
    """The day itself if it trades, else the session before it."""
    return day if is_session(day) else previous_session(day)


def scheduled_session_on_or_before(day: date) -> date:
    """The day itself if the published calendar has it, else the scheduled session before it."""
    return day if is_scheduled_session(day) else _nth(day, -ONE_DAY, 1, is_scheduled_session)


def sessions_between(first: date, last: date) -> list[date]:
    """Sessions from `first` to `last`, both included; none when `first` is the later."""
    require_covered(first, last)
    days = (date.fromordinal(ordinal) for ordinal in range(first.toordinal(), last.toordinal() + 1))
    return [day for day in days if is_session(day)]


def session_days(first: date, last: date) -> NDArray[np.datetime64]:
    """`sessions_between` as an array of `datetime64[D]`, the axis of the wide price frames."""
    # numpy costs more to load than the first paint takes; the scalar functions do without it.
    import numpy as np

    require_covered(first, last)
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + np.timedelta64(1, "D"))
    return days[np.is_busday(days, busdaycal=_trading_days())]


@cache
def _trading_days() -> np.busdaycalendar:
    """The exchange's week and closures as numpy counts by; made once, for every window of every view asks."""
    import numpy as np

    closures = np.array(sorted(SCHEDULED_CLOSURES | AD_HOC_CLOSURES), dtype="datetime64[D]")
    return np.busdaycalendar(holidays=closures)


def _require_session(day: date) -> None:
    if not is_session(day):
        raise NotASessionError(day)


def session_open(day: date) -> datetime:
    """The opening bell of a session, 09:30 New York time.

    Raises:
        NotASessionError: New York does not trade on that day.
    """
    _require_session(day)
    return datetime.combine(day, OPENING_TIME, NEW_YORK)


def session_close(day: date) -> datetime:
    """The closing bell of a session, 16:00 New York time, or 13:00 on a half day.

    Raises:
        NotASessionError: New York does not trade on that day.
    """
    _require_session(day)
    return datetime.combine(day, EARLY_CLOSING_TIME if day in EARLY_CLOSES else CLOSING_TIME, NEW_YORK)


def last_completed_session(moment: datetime) -> date:
    """The newest session whose closing bell has rung at that moment."""
    day = new_york_date(moment)
    if is_session(day) and session_close(day) <= moment:
        return day
    return previous_session(day)


def market_state(moment: datetime) -> MarketState:
    """What the market is doing; the opening bell belongs to the session, the closing bell no longer does."""
    now = in_utc(moment).astimezone(NEW_YORK)
    day = now.date()
    if not is_session(day):
        return MarketState.CLOSED
    if now < datetime.combine(day, PRE_MARKET_OPENING_TIME, NEW_YORK):
        return MarketState.CLOSED
    if now < session_open(day):
        return MarketState.PRE
    if now < session_close(day):
        return MarketState.OPEN
    return MarketState.AFTER if now < session_close(day) + AFTER_HOURS_SPAN else MarketState.CLOSED


def time_in_session(start: datetime, end: datetime) -> timedelta:
    """How much of the span from `start` to `end` the regular session was open; none if `start` is later."""
    start, end = in_utc(start, "start"), in_utc(end, "end")
    opened = timedelta()
    for day in sessions_between(new_york_date(start), new_york_date(end)):
        # In UTC: two datetimes of one zone object are subtracted by their wall clocks.
        begins = max(start, in_utc(session_open(day)))
        ends = min(end, in_utc(session_close(day)))
        opened += max(ends - begins, timedelta())
    return opened
