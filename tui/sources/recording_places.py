"""Places in a recording: between which two events one stands, and where a step, a moment or a typed word leads."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from providers.recording.reader import EPOCH, MICROSECOND
from shortside.sessions import NEW_YORK, in_utc, new_york_date
from tui.errors import SourceError

if TYPE_CHECKING:
    from providers.recording.reader import Recording

START_WORD, END_WORD = "start", "end"
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_SHARE: Final = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")


class Place(NamedTuple):
    """Where a recording stands. Its market and number of ticks say every figure; the moment is what its clock shows."""

    market: int
    """The market that was read last."""
    tick: int
    """How many of the recording's ticks have happened."""
    at: datetime
    """UTC."""


def began_at(recording: Recording) -> datetime:
    """The moment from which there is something to be shown: when the first market was read."""
    return recording.markets[0].at


def place_at(recording: Recording, moment: datetime) -> Place:
    """Where playing from the beginning stands at a moment; one outside the recording counts as its nearer end."""
    moment = min(max(in_utc(moment), began_at(recording)), recording.ended_at)
    markets = recording.markets
    market = bisect_right(markets, moment, key=lambda entry: entry.at) - 1
    due = int(np.searchsorted(recording.tick_at, (moment - EPOCH) // MICROSECOND, "right"))
    return Place(market, min(max(due, markets[market].ticks_before), last_tick(recording, market)), moment)


def place_of_market(recording: Recording, market: int) -> Place:
    """Where a market was read, before any price moved in it."""
    entry = recording.markets[market]
    return Place(market, entry.ticks_before, entry.at)


def last_tick(recording: Recording, market: int) -> int:
    """How many ticks have happened when the next market comes, or the end."""
    markets = recording.markets
    return markets[market + 1].ticks_before if market + 1 < len(markets) else len(recording.tick_at)


def event_beside(recording: Recording, place: Place, steps: int) -> Place:
    """The place one event later (1) or earlier (-1); that of the nearer end where no event is left.

    An event is a tick, a market that was read, the beginning or the end; of several at one moment each is one.
    """
    if steps > 0:
        if place.tick < last_tick(recording, place.market):
            return Place(place.market, place.tick + 1, recording.moment(place.tick))
        if place.market + 1 < len(recording.markets):
            return place_of_market(recording, place.market + 1)
        return place._replace(at=recording.ended_at)
    entry = recording.markets[place.market]
    happened = entry.at if place.tick == entry.ticks_before else recording.moment(place.tick - 1)
    if place.at > happened:
        # Since the last event only time has passed: back to it.
        return place._replace(at=happened)
    if place.tick > entry.ticks_before:
        return _after_tick(recording, place.market, place.tick - 1)
    if place.market > 0:
        return _after_tick(recording, place.market - 1, entry.ticks_before)
    return place


def market_beside(recording: Recording, place: Place, steps: int) -> Place | None:
    """Where the next market was read (1), or the one before (-1): first the one that is shown, if it was played on.

    None where there is none.
    """
    if steps < 0 and place != place_of_market(recording, place.market):
        return place_of_market(recording, place.market)
    found = place.market + steps
    return place_of_market(recording, found) if 0 <= found < len(recording.markets) else None


def _after_tick(recording: Recording, market: int, ticks: int) -> Place:
    """Where so many ticks have happened, the last of them just now."""
    entry = recording.markets[market]
    return Place(market, ticks, entry.at if ticks == entry.ticks_before else recording.moment(ticks - 1))


def share_played(recording: Recording, moment: datetime) -> float:
    """How much of a recording's time has passed at a moment, from 0 to 1; 1 where it lasts no time."""
    began, length = began_at(recording), recording.ended_at - began_at(recording)
    return min(max((moment - began) / length, 0.0), 1.0) if length > timedelta() else 1.0


# -- typed --------------------------------------------------------------------------------------------------------


def moment_typed(text: str, recording: Recording, now: datetime) -> datetime:
    """The moment that somebody typed: `15:42`, `15:42:10`, `2023-09-07`, a day and a time, `63 %`, `start` or `end`.

    Times are New York's. A time without a day is of the day the recording is at.

    Args:
        text: what was typed.
        recording: where it is to be found.
        now: the recording's present moment.

    Raises:
        SourceError: it is none of these, or lies outside the recording.
    """
    words = text.strip().lower()
    began, ended = began_at(recording), recording.ended_at
    if words in (START_WORD, END_WORD):
        return began if words == START_WORD else ended
    if (share := _SHARE.fullmatch(words)) is not None:
        return began + min(float(share[1]), 100.0) / 100 * (ended - began)
    day, clock = _day_and_clock(words, new_york_date(now))
    if clock is None:
        # A whole day: from its first moment in the recording.
        first, last = (in_utc(datetime.combine(one, time(), NEW_YORK)) for one in (day, day + timedelta(days=1)))
        if last <= began or first > ended:
            raise SourceError(_outside(recording))
        return max(first, began)
    moment = in_utc(datetime.combine(day, clock, NEW_YORK))
    # Whoever types minutes means the minute in which the recording begins, too.
    if moment + timedelta(minutes=1) <= began or moment > ended:
        raise SourceError(_outside(recording))
    return max(moment, began)


def refused_moment(text: str, recording: Recording, now: datetime) -> str:
    """Why a text is no moment of a recording, in words; empty where it is one."""
    try:
        moment_typed(text, recording, now)
    except SourceError as error:
        return str(error)
    return ""


def _day_and_clock(words: str, today: date) -> tuple[date, time | None]:
    day_words, _, clock_words = words.replace("t", " ").rpartition(" ") if ":" in words else (words, "", "")
    try:
        day = date.fromisoformat(day_words.strip()) if day_words.strip() else today
        found = _CLOCK.fullmatch(clock_words) if clock_words else None
        if not words or (clock_words and found is None):
            raise ValueError(words)
        return day, None if found is None else time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError as error:
        raise SourceError(f"write 15:42, 15:42:10, {today}, {today} 15:42, 63 %, {START_WORD} or {END_WORD}") from error


def _outside(recording: Recording) -> str:
    first, last = (one.astimezone(NEW_YORK) for one in (began_at(recording), recording.ended_at))
    if first.date() == last.date():
        return f"the recording is of {first:%Y-%m-%d}, {first:%H:%M:%S} to {last:%H:%M:%S} New York"
    return f"the recording goes from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} New York"
