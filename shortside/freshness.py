"""How old a dataset is for a source of its cadence: in missed publications, never in seconds alone.

Short interest of 23 days ago is current when nothing newer has been published, Friday's prices are current
on Sunday, and on Tuesday evening they are not. So each dataset is judged by how many times its source has
published since the day our rows speak of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from shortside.datasets import Dataset
from shortside.sessions import (
    in_utc,
    is_session,
    new_york_date,
    next_session,
    session_close,
    session_on_or_before,
    session_open,
    sessions_between,
    time_in_session,
)
from shortside.settlement import latest_published, next_publication, settlement_dates_between


class FreshnessState(Enum):
    """What the age of an input means."""

    CURRENT = "current"
    """The source has nothing newer."""
    LATE = "late"
    """The newest publication is missing: it may arrive any minute."""
    STALE = "stale"
    """More than one publication is missing: something is broken."""
    UNKNOWN = "unknown"
    """Nothing arrived, or nobody knows when."""

    @property
    def letter(self) -> str:
        """One letter for a narrow column, so that colour is not the only signal."""
        return self.value[0].upper()


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an input is, in publications of its own source."""

    state: FreshnessState
    """The verdict."""
    missed: int | None
    """How many times the source published since; None when nobody can count."""
    due_next: datetime | None
    """When the source publishes next, in UTC; None when nobody can tell."""
    words: str
    """The freshness in words for a reader, such as `missed 0 publications`."""


class Rhythm(Enum):
    """What a source waits for before it publishes again."""

    CYCLE = "publication"
    """FINRA's short-interest cycles."""
    SESSION = "session"
    """The close of every session."""
    HALF_MONTH = "half-month"
    """The SEC's half-months of fails."""
    POLL = "poll"
    """Nothing: it answers whenever asked, and only the regular session moves it."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a source publishes, and how much missing is too much."""

    rhythm: Rhythm
    """What one publication is; the value is its name in words."""
    delay: timedelta = timedelta()
    """From the end of what it waits for (close of session, day of posting) until the rows can be had."""
    late_after: int = 1
    """From how many missed publications on the input is late."""
    stale_after: int = 2
    """From how many missed publications on the input is stale."""


POLL_INTERVAL: Final = timedelta(minutes=5)
"""How often the whole-market screener may be asked at most; the default step of quotes."""

_NEXT_MORNING_7: Final = timedelta(hours=15)
_NEXT_MORNING_9: Final = timedelta(hours=17)

CADENCES: Final[Mapping[Dataset, Cadence]] = MappingProxyType(
    {
        Dataset.SHORT_INTEREST: Cadence(Rhythm.CYCLE),
        Dataset.PRICES: Cadence(Rhythm.SESSION, timedelta(minutes=20)),
        Dataset.REFERENCE: Cadence(Rhythm.SESSION, _NEXT_MORNING_7),
        Dataset.SPLITS: Cadence(Rhythm.SESSION, _NEXT_MORNING_7),
        Dataset.SHARES_OUTSTANDING: Cadence(Rhythm.SESSION, timedelta(minutes=20)),
        Dataset.BORROW: Cadence(Rhythm.SESSION, timedelta(hours=2)),
        # FINRA posts the day's file by 18:00 and we ask at 18:05.
        Dataset.SHORT_VOLUME: Cadence(Rhythm.SESSION, timedelta(hours=2, minutes=5)),
        # Made between eleven in the evening and four in the morning, and asked for from seven on.
        Dataset.THRESHOLD: Cadence(Rhythm.SESSION, _NEXT_MORNING_9),
        # The SEC posts "about" the end of the month and the 15th: three days of patience.
        Dataset.FAILS: Cadence(Rhythm.HALF_MONTH, timedelta(days=3)),
        Dataset.FUND_FLOWS: Cadence(Rhythm.SESSION, _NEXT_MORNING_9),
        Dataset.INDEX_MEMBERS: Cadence(Rhythm.SESSION, _NEXT_MORNING_9),
        # One poll is always under way, so a single missed one says nothing.
        Dataset.QUOTES: Cadence(Rhythm.POLL, late_after=2, stale_after=6),
    }
)
"""What each dataset is measured against; the delays follow the providers' posting times on a full session."""

# What quotes are measured against when nobody says at what hour they were fetched.
_CLOSES: Final = Cadence(Rhythm.SESSION, stale_after=1)


def freshness(
    dataset: Dataset,
    as_of: date | None,
    now: datetime,
    *,
    seen_at: datetime | None = None,
    poll_interval: timedelta = POLL_INTERVAL,
) -> Freshness:
    """How old rows of a dataset are at a moment.

    Args:
        dataset: what kind of rows, which decides what they are measured against.
        as_of: the newest day the rows speak of; None when there are none.
        now: the moment of judging.
        seen_at: when we looked; only quotes ask for it.
        poll_interval: how often quotes are polled.

    Raises:
        CalendarRangeError: a day is outside the table of sessions.
        NaiveMomentError: a moment has no zone.
    """
    now = in_utc(now, "now")
    if as_of is None:
        return Freshness(FreshnessState.UNKNOWN, None, None, "never arrived")
    cadence = CADENCES[dataset]
    if cadence.rhythm is Rhythm.POLL:
        return _of_quotes(cadence, as_of, now, seen_at, poll_interval)
    return _verdict(cadence, *_missed(cadence, as_of, now))


def _verdict(cadence: Cadence, missed: int, due_next: datetime) -> Freshness:
    if missed >= cadence.stale_after:
        state = FreshnessState.STALE
    elif missed >= cadence.late_after:
        state = FreshnessState.LATE
    else:
        state = FreshnessState.CURRENT
    plural = "" if missed == 1 else "s"
    return Freshness(state, missed, due_next, f"missed {missed} {cadence.rhythm.value}{plural}")


def _missed(cadence: Cadence, as_of: date, now: datetime) -> tuple[int, datetime]:
    """How many publications came after `as_of`, and when the next one comes."""
    if cadence.rhythm is Rhythm.CYCLE:
        return _missed_cycles(as_of, now, cadence.delay)
    if cadence.rhythm is Rhythm.HALF_MONTH:
        return _missed_half_months(as_of, now, cadence.delay)
    return _missed_sessions(as_of, now, cadence.delay)


def _missed_cycles(as_of: date, now: datetime, delay: timedelta) -> tuple[int, datetime]:
    latest = latest_published(now - delay)
    missed = sum(day > as_of for day in settlement_dates_between(as_of, latest.settlement_date))
    following = next_publication(now - delay)
    # A source may be ahead of the computed calendar: what we hold already is not due again.
    while following.settlement_date <= as_of:
        following = next_publication(following.published_at)
    return missed, following.published_at + delay


def _missed_sessions(as_of: date, now: datetime, delay: timedelta) -> tuple[int, datetime]:
    def due_at(session: date) -> datetime:
        return in_utc(session_close(session)) + delay

    newest = session_on_or_before(new_york_date(now))
    while due_at(newest) > now:
        newest = session_on_or_before(newest - timedelta(days=1))
    missed = sum(session > as_of for session in sessions_between(as_of, newest))
    return missed, due_at(next_session(max(as_of, newest)))


def _missed_half_months(as_of: date, now: datetime, delay: timedelta) -> tuple[int, datetime]:
    held = _half_month(as_of)
    newest = _half_month(new_york_date(now))
    while _posted_at(newest) + delay > now:
        newest -= 1
    return max(newest - held, 0), _posted_at(max(newest, held) + 1) + delay


def _half_month(day: date) -> int:
    """The half-months counted from the year 0, so that they can be subtracted."""
    return (day.year * 12 + day.month - 1) * 2 + (day.day > 15)


def fails_posted_at(settlement_date: date) -> datetime:
    """About when the SEC posts the balance of fails of a settlement day, as its own page says."""
    return _posted_at(_half_month(settlement_date))


def _posted_at(half_month: int) -> datetime:
    """The close of the session about which the SEC posts a half-month's fails.

    The first half comes at the end of its month, the second on the 15th of the next
    (https://www.sec.gov/data-research/sec-markets-data/fails-deliver-data).
    """
    month, is_second = divmod(half_month, 2)
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    if is_second:
        return in_utc(session_close(next_session(following.replace(day=14))))
    return in_utc(session_close(session_on_or_before(following - timedelta(days=1))))


def _of_quotes(
    cadence: Cadence, as_of: date, now: datetime, seen_at: datetime | None, poll_interval: timedelta
) -> Freshness:
    """Quotes age only while the regular session runs: Friday's last look is as good on Sunday."""
    if seen_at is None:
        missed, due_next = _missed_sessions(as_of, now, timedelta())
        if missed:
            return _verdict(_CLOSES, missed, due_next)
        return Freshness(FreshnessState.UNKNOWN, None, None, "time of the last look unknown")
    seen_at = in_utc(seen_at, "seen_at")
    missed = time_in_session(seen_at, now) // poll_interval
    return _verdict(cadence, missed, _next_look(seen_at, now, poll_interval))


def _next_look(seen_at: datetime, now: datetime, poll_interval: timedelta) -> datetime:
    """The next step of polling after now; the opening bell when the session is over by then."""
    steps = max((now - seen_at) // poll_interval + 1, 1)
    step = seen_at + steps * poll_interval
    day = new_york_date(step)
    if is_session(day) and in_utc(session_open(day)) <= step < in_utc(session_close(day)):
        return step
    if is_session(day) and step < in_utc(session_open(day)):
        return in_utc(session_open(day))
    return in_utc(session_open(next_session(day)))


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAge:
    """The two clocks of one input without its frame: what screens and the JSON `inputs` print.

    Every field but `dataset`, `source` and `freshness` is None for an input that never arrived.
    """

    dataset: Dataset
    """What kind of rows the input holds."""
    as_of: date | None = None
    """The day its numbers speak of."""
    published_at: datetime | None = None
    """When its source made them public."""
    fetched_at: datetime | None = None
    """When we looked."""
    source: str
    """Which provider answered, or was asked."""
    freshness: Freshness
    """How old that is for a source of this cadence."""
    rows: int | None = None
    """How many rows arrived."""

    def as_record(self) -> dict[str, str | None]:
        """The entry of the JSON contract: ISO dates, UTC moments, null for the unknown."""
        return {
            "dataset": self.dataset.value,
            "as_of": _iso(self.as_of),
            "published_at": _iso(self.published_at),
            "fetched_at": _iso(self.fetched_at),
            "source": self.source,
            "freshness": self.freshness.words,
        }


def _iso(when: date | datetime | None) -> str | None:
    return None if when is None else when.isoformat()
