"""Says that the day in view is not the one that was asked for, or not the newest there has been, and how old it is."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import NamedTuple

from shortside.sessions import (
    NEW_YORK,
    CalendarRangeError,
    last_completed_session,
    new_york_date,
    previous_session,
    sessions_between,
)


class DayNote(NamedTuple):
    """That the figures speak of another day than a reader would think."""

    sentence: str
    """What a document, a note and standard error say."""
    short: str
    """What the head of a screen says."""
    moment: datetime
    """From when the age of what is shown is told."""


def day_note(asked: date | None, shown: date, now: datetime) -> DayNote | None:
    """What to say where a session was over, by the day asked for or by now, of which there are no closes; else None.

    Args:
        asked: the day that was asked for; None for the newest there is.
        shown: the newest session with closes on or before it.
        now: the present moment.
    """
    today = new_york_date(now)
    if asked is not None and asked > today:
        sentence = f"{asked} is still to come; what is shown is {shown}, {_days_ago(shown, today)}"
        return DayNote(sentence, f"{asked} is to come", now)
    lacking = _lacking(asked, shown, now)
    if not lacking:
        return None
    # A day that was asked for is another day's in every figure; of the newest one its age is all there is to say.
    if asked is None:
        ago = _days_ago(shown, today)
        return DayNote(f"the newest closes are of {shown}, {ago}: what is shown is that day, not the present", ago, now)
    session = lacking[-1]
    wanted = str(asked) if asked == session else f"{session}, the last session by {asked}"
    count = "1 session" if len(lacking) == 1 else f"{len(lacking):,} sessions"
    evening = datetime.combine(asked, time.max, NEW_YORK)
    sentence = f"there are no closes of {wanted}; what is shown is {shown}, {count} earlier"
    return DayNote(sentence, f"no closes of {session}", min(now, evening))


def is_present(shown: date, now: datetime) -> bool:
    """Whether the newest session with closes is the newest that is over, or its close alone is late."""
    return shown >= previous_session(last_completed_session(now))


def _lacking(asked: date | None, shown: date, now: datetime) -> list[date]:
    """The sessions after the one shown that were over by the day asked for, or by now."""
    try:
        newest = last_completed_session(now)
        last = newest if asked is None else min(asked, newest)
        return [day for day in sessions_between(shown, max(last, shown)) if day > shown]
    except CalendarRangeError:
        return []


def _days_ago(shown: date, today: date) -> str:
    days = (today - shown).days
    return "1 day ago" if days == 1 else f"{days:,} days ago"
