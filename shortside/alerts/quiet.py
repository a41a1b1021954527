"""Hours in which nothing is told, and times of silence after something was, on a clock that may be set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from shortside.sessions import NEW_YORK

NEW_YORK_WORDS: Final = ("ny", "new york")
HERE_WORDS: Final = ("here", "local")
_WRITTEN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-\u2013]\s*(\d{1,2}):(\d{2})(?:\s+(\D+))?")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of every day; where the end is before the beginning they reach over midnight."""

    begin: time
    end: time
    is_here: bool = False
    """Whether they are told by the reader's clock; otherwise by New York's."""

    def hold(self, moment: datetime, here: tzinfo) -> bool:
        """Whether a moment, with its zone, lies in them.

        Of an hour that the clocks repeat, both do; of one that they skip, there is none.
        """
        told = moment.astimezone(here if self.is_here else NEW_YORK).time().replace(tzinfo=None, fold=0)
        if self.begin <= self.end:
            return self.begin <= told < self.end
        return told >= self.begin or told < self.end

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M} {'here' if self.is_here else 'New York'}"


def quiet_hours(written: str) -> QuietHours:
    """The hours a text says: `22:00-07:00`, `22:00-07:00 New York`, `22:00-07:00 here`.

    Raises:
        ValueError: it says none.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise ValueError(written)
    zone = " ".join((found[5] or "ny").split()).casefold()
    if zone not in (*NEW_YORK_WORDS, *HERE_WORDS):
        raise ValueError(written)
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise ValueError(written)
    return QuietHours(begin, end, zone in HERE_WORDS)


def silence_since(told_at: datetime | None, now: datetime) -> datetime | None:
    """When a silence began, at a moment: of a clock that was set back it begins now, so that it ends at all."""
    return told_at if told_at is None or told_at <= now else now


def is_silent(told_at: datetime | None, cooldown: timedelta, now: datetime) -> bool:
    """Whether a rule that was told at a moment is still silent."""
    return told_at is not None and now - told_at < cooldown


def is_within(seconds: float, at: datetime | None, now: datetime) -> bool:
    """Whether a moment is there and is not so long ago; one that a clock set back made a later one is not."""
    return at is not None and 0 <= (now - at).total_seconds() < seconds
