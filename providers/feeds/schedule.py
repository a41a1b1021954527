"""When a source is worth asking, by New York's calendar: moments in, moments out.

A schedule is a row of slots: moments at which a source has, or should have, something new. A look is due when a slot
has passed since the last one, so a program that slept through ten slots asks once, and one that was started on a
Sunday asks for Friday's close. Slots lie on sessions only: on a holiday nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from shortside.sessions import (
    NEW_YORK,
    in_utc,
    is_session,
    new_york_date,
    next_session,
    previous_session,
    session_close,
    session_open,
)
from shortside.settlement import cycles_between

SLOT_SEARCH_SPAN: Final = timedelta(days=45)
"""How far slots are looked for in either direction; two cycles of short interest, holidays and all."""
FIRST_PAUSE: Final = timedelta(minutes=1)
"""How long a source is left alone after its first failure; twice as long after each further one."""
LONGEST_PAUSE: Final = timedelta(minutes=30)
"""The longest pause after failures, before chance lengthens it."""
JITTER_RATIO: Final = 0.5
"""By how much of itself chance lengthens a pause: monitors that lost the network together shall not return together."""
LEAST_GAP_OF_RARE_SLOTS: Final = timedelta(seconds=10)
"""The least time between two looks where slots are rare: who looked in vain just before one must not miss it."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment from which a look is worth it."""

    at: datetime
    until: datetime | None = None
    """The moment from which it no longer is; None for never."""

    def admits(self, moment: datetime) -> bool:
        """Whether a look at a moment still serves."""
        return self.until is None or moment < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """What is known of a source so far."""

    as_of: date | None = None
    """The newest day that is stored."""
    looked_at: datetime | None = None
    """When it last answered, were it only "not yet"; None for never."""


class Schedule(Protocol):
    """The slots of one source."""

    @property
    def least_gap(self) -> timedelta:
        """The least time between two looks."""

    def slots(self, day: date, as_of: date | None) -> list[Slot]:
        """The slots of a New York day in order, for one who holds what there is up to `as_of`."""


def due_at(schedule: Schedule, seen: LastLook, not_before: datetime) -> datetime:
    """The first moment, from `not_before` on, at which a look is worth it.

    Raises:
        CalendarRangeError: the calendar ends before there is a slot.
        NaiveMomentError: `not_before` has no zone.
    """
    if seen.looked_at is None:
        return in_utc(not_before)
    ready = max(in_utc(not_before), seen.looked_at + schedule.least_gap)
    if any(slot.admits(ready) for slot in _missed(schedule, seen, seen.looked_at, not_before)):
        return ready
    for slot in _later(schedule, seen, not_before):
        moment = max(in_utc(slot.at), ready)
        if slot.admits(moment):
            return moment
    # Whoever holds everything the calendar promises looks again when the reach is over.
    return ready + SLOT_SEARCH_SPAN


def retry_at(schedule: Schedule, now: datetime, failures: int, retry_after: float | None, chance: float) -> datetime:
    """The moment before which a source that failed is left alone.

    Args:
        schedule: whose least gap holds for failures, too.
        now: when it failed.
        failures: how often running, from 1.
        retry_after: seconds it asked for.
        chance: from 0 to 1.
    """
    doubled = FIRST_PAUSE * float(2 ** min(failures - 1, 10))
    pause = max(min(doubled, LONGEST_PAUSE), schedule.least_gap) * (1 + JITTER_RATIO * chance)
    return now + max(pause, timedelta(seconds=retry_after or 0.0))


def _missed(schedule: Schedule, seen: LastLook, looked_at: datetime, moment: datetime) -> Iterator[Slot]:
    """The slots since the last look, newest first."""
    first = max(new_york_date(looked_at), new_york_date(moment) - SLOT_SEARCH_SPAN)
    day = new_york_date(moment)
    while day >= first:
        yield from (slot for slot in reversed(schedule.slots(day, seen.as_of)) if looked_at < slot.at <= moment)
        day -= _ONE_DAY


def _later(schedule: Schedule, seen: LastLook, moment: datetime) -> Iterator[Slot]:
    day = new_york_date(moment)
    for _ in range(SLOT_SEARCH_SPAN.days):
        yield from (slot for slot in schedule.slots(day, seen.as_of) if slot.at > moment)
        day += _ONE_DAY


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, NEW_YORK)


def _every(day: date, first: time, last: time, step: timedelta) -> list[Slot]:
    """Slots from an hour to another, both included."""
    start, count = _at(day, first), (_at(day, last) - _at(day, first)) // step
    return [Slot(start + step * index) for index in range(count + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """Once a session, at an hour: what changes slowly."""

    hour: time
    least_gap: timedelta = timedelta(minutes=1)

    def slots(self, day: date, as_of: date | None) -> list[Slot]:
        """One on a session, whatever is held."""
        return [Slot(_at(day, self.hour))] if is_session(day) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """On the first session of a week: what changes more slowly still."""

    hour: time
    least_gap: timedelta = timedelta(minutes=1)

    def slots(self, day: date, as_of: date | None) -> list[Slot]:
        """One, if the week's first session is that day."""
        is_first = is_session(day) and previous_session(day).isocalendar()[:2] != day.isocalendar()[:2]
        return [Slot(_at(day, self.hour))] if is_first else []


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """Again and again from an hour to another: what changes all day, such as a broker's list."""

    step: timedelta
    first: time = time(7)
    last: time = time(18)

    @property
    def least_gap(self) -> timedelta:
        """The step itself."""
        return self.step

    def slots(self, day: date, as_of: date | None) -> list[Slot]:
        """The hours of a session."""
        return _every(day, self.first, self.last, self.step) if is_session(day) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class InSession:
    """While New York trades, and for the closes some time after."""

    step: timedelta
    closes_after: timedelta | None = timedelta(minutes=20)
    """From the closing bell to the official closes; None where only live prices are wanted."""
    evening: time | None = time(20)
    """A last look, for closes that were corrected."""

    @property
    def least_gap(self) -> timedelta:
        """The step itself."""
        return self.step

    def slots(self, day: date, as_of: date | None) -> list[Slot]:
        """Every step of the session, which serve until its end; then the closes."""
        if not is_session(day):
            return []
        opened, closed = session_open(day), session_close(day)
        count = (closed - opened) // self.step
        # The last step ends at the bell: a look that is late by less than a step is still a look in session.
        slots = [Slot(opened + self.step * index, closed) for index in range(count)]
        if self.closes_after is not None:
            slots.append(Slot(closed + self.closes_after))
        if self.evening is not None:
            slots.append(Slot(_at(day, self.evening)))
        return slots


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSession:
    """A session's own file: from an hour on until it is there, and once more in the mornings after."""

    first: time = time(18, 5)
    last: time = time(22)
    step: timedelta = timedelta(minutes=15)
    morning: time = time(7)
    least_gap: timedelta = LEAST_GAP_OF_RARE_SLOTS

    def slots(self, day: date, as_of: date | None) -> list[Slot]:
        """None once the session's file is held."""
        if not is_session(day):
            return []
        held = as_of or date.min
        overdue = [Slot(_at(day, self.morning))] if held < previous_session(day) else []
        return overdue + (_every(day, self.first, self.last, self.step) if held < day else [])


@dataclass(frozen=True, slots=True, kw_only=True)
class MorningAfter:
    """What a session leaves behind overnight: from the next session's morning on until it is there."""

    first: time = time(7, 15)
    last: time = time(11, 15)
    step: timedelta = timedelta(hours=1)
    least_gap: timedelta = LEAST_GAP_OF_RARE_SLOTS

    def slots(self, day: date, as_of: date | None) -> list[Slot]:
        """None once that of the session before is held."""
        if not is_session(day) or (as_of or date.min) >= previous_session(day):
            return []
        return _every(day, self.first, self.last, self.step)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an evening in which a file is expected."""

    first: time
    last: time
    step: timedelta
    """How long after a look the next one follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPublication:
    """A settlement's file: on its publication day until it is there, then every hour of the sessions that follow.

    One look more, a session after publication, sees what FINRA put right on the first day.
    """

    expected: tuple[Stretch, ...] = ()
    """When it is looked for more often than by `step`, on the day of publication."""

    first: time = time(16, 30)
    last: time = time(20)
    step: timedelta = timedelta(minutes=10)
    overdue_first: time = time(8)
    overdue_step: timedelta = timedelta(hours=1)
    relook: time = time(17)
    least_gap: timedelta = LEAST_GAP_OF_RARE_SLOTS

    def slots(self, day: date, as_of: date | None) -> list[Slot]:
        """None while the newest published settlement is held, but for the second look."""
        if not is_session(day):
            return []
        held = as_of or date.min
        recent = [cycle for cycle in cycles_between(day - SLOT_SEARCH_SPAN, day) if cycle.publication_date <= day]
        newest, before = recent[-1], recent[-2]
        is_today = newest.publication_date == day
        overdue = before if is_today else newest
        moments = {_at(day, self.relook)} if next_session(overdue.publication_date) == day else set()
        if held < overdue.settlement_date:
            moments |= {slot.at for slot in _every(day, self.overdue_first, self.last, self.overdue_step)}
        if is_today and held < newest.settlement_date:
            stretches = (Stretch(self.first, self.last, self.step), *self.expected)
            moments |= {slot.at for part in stretches for slot in _every(day, part.first, part.last, part.step)}
        return [Slot(moment) for moment in sorted(moments)]
