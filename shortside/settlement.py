"""FINRA's short-interest calendar: the settlement, due and publication days of every cycle.

FINRA Rule 4560 (https://www.finra.org/rules-guidance/rulebooks/finra-rules/4560) asks firms twice a month for
the positions settled by the 15th, or the business day before it, and by the last business day of the month.
Reports are due two business days later and are published on the seventh, after about 16:40 New York time.

A business day here is a *scheduled* NYSE session. The dated press releases agree: settlement 2024-12-31 was
published on 2025-01-10 although the exchange closed at short notice on 2025-01-09, and Columbus and Veterans
Day count. A calendar built on it never changes after the fact, so polls can be planned years ahead; what
FINRA really published is told by its partitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final

from shortside.sessions import (
    FIRST_DAY,
    LAST_DAY,
    NEW_YORK,
    CalendarRangeError,
    new_york_date,
    next_scheduled_session,
    require_covered,
    scheduled_session_on_or_before,
)

DUE_AFTER_SESSIONS: Final = 2
"""Scheduled sessions from the settlement date to the firms' deadline."""
PUBLISHED_AFTER_SESSIONS: Final = 7
"""Scheduled sessions from the settlement date to publication."""
PUBLICATION_TIME: Final = time(16, 40)
"""New York time by which FINRA's API has the cycle."""
DAY_OF_MID_MONTH: Final = 15

# No half-month with its seven sessions of waiting is longer than this, whatever the holidays.
_REACH: Final = timedelta(days=40)


class NotASettlementDateError(ValueError):
    """A day was taken for a settlement date that is none."""

    def __init__(self, day: date, nearest: date) -> None:
        super().__init__(f"{day} is not a settlement date; the nearest is {nearest}")
        self.day = day
        self.nearest = nearest


@dataclass(frozen=True, order=True, slots=True)
class SettlementCycle:
    """One round of short-interest reporting; cycles sort by their settlement date."""

    settlement_date: date
    """The day the positions speak of."""
    due_date: date
    """The day by whose 18:00 New York time firms must have reported."""
    publication_date: date
    """The day FINRA publishes the cycle."""

    @property
    def published_at(self) -> datetime:
        """16:40 New York time of the publication date, told in UTC."""
        return datetime.combine(self.publication_date, PUBLICATION_TIME, NEW_YORK).astimezone(UTC)


@cache
def _settlement_dates_of(year: int, month: int) -> tuple[date, date]:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (
        scheduled_session_on_or_before(date(year, month, DAY_OF_MID_MONTH)),
        scheduled_session_on_or_before(following - timedelta(days=1)),
    )


@cache
def _cycle(settlement_date: date) -> SettlementCycle:
    return SettlementCycle(
        settlement_date=settlement_date,
        due_date=next_scheduled_session(settlement_date, DUE_AFTER_SESSIONS),
        publication_date=next_scheduled_session(settlement_date, PUBLISHED_AFTER_SESSIONS),
    )


def settlement_dates_between(first: date, last: date) -> list[date]:
    """Settlement dates from `first` to `last`, both included, oldest first.

    Raises:
        CalendarRangeError: an end is outside the table of sessions, as in every function below.
    """
    require_covered(first, last)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    dates = (day for month in months for day in _settlement_dates_of(month // 12, month % 12 + 1))
    return [day for day in dates if first <= day <= last]


def is_settlement_date(day: date) -> bool:
    """Whether firms report the positions of that day."""
    return bool(settlement_dates_between(day, day))


def cycle_of(settlement_date: date) -> SettlementCycle:
    """The cycle of a settlement date.

    Raises:
        NotASettlementDateError: the day is none; the error names the nearest, the earlier of two.
        CalendarRangeError: the day, or the cycle's publication, is outside the table.
    """
    if is_settlement_date(settlement_date):
        return _cycle(settlement_date)
    around = settlement_dates_between(*_clipped(settlement_date - _REACH, settlement_date + _REACH))
    raise NotASettlementDateError(settlement_date, min(around, key=lambda day: abs(day - settlement_date)))


def cycles_between(first: date, last: date) -> list[SettlementCycle]:
    """The cycles that settle from `first` to `last`, both included, oldest first."""
    return [_cycle(day) for day in settlement_dates_between(first, last)]


def latest_published(moment: datetime) -> SettlementCycle:
    """The newest cycle that is public at that moment.

    Raises:
        CalendarRangeError: it was published before the table begins.
        NaiveMomentError: the moment has no zone.
    """
    today = new_york_date(moment)
    for day in reversed(settlement_dates_between(*_clipped(today - _REACH, today))):
        # Nothing settled in the last week can be out; skipping it keeps the table's last days usable.
        if today - day > timedelta(days=PUBLISHED_AFTER_SESSIONS) and _cycle(day).published_at <= moment:
            return _cycle(day)
    raise CalendarRangeError(today - _REACH)


def next_publication(moment: datetime) -> SettlementCycle:
    """The first cycle that becomes public after that moment.

    Raises:
        CalendarRangeError: it is published after the table ends, or follows one the table lacks.
        NaiveMomentError: the moment has no zone.
    """
    held = latest_published(moment).settlement_date
    later = settlement_dates_between(*_clipped(held, held + _REACH))[1:]
    if not later:
        raise CalendarRangeError(held + _REACH)
    return _cycle(later[0])


def _clipped(first: date, last: date) -> tuple[date, date]:
    """The part of a span that the table covers."""
    if last < FIRST_DAY or first > LAST_DAY:
        raise CalendarRangeError(first)
    return max(first, FIRST_DAY), min(last, LAST_DAY)
