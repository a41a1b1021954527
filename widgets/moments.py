"""Writes clock times: New York's and, where the reader's zone is another and there is room, the reader's beside it."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import NamedTuple

from shortside.sessions import NEW_YORK
from widgets.format import GLYPHS_UNICODE, MONTHS, Glyphs, fit_figure, missing_text


class ReaderTime(NamedTuple):
    """When and where a screen is read."""

    now: datetime
    """The moment it is read; times of its New York day are written without a date."""
    here: tzinfo = NEW_YORK
    """The reader's zone."""


def moment_wordings(
    moment: datetime,
    read: ReaderTime | None = None,
    *,
    zone_word: str = "NY",
    has_seconds: bool = False,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> tuple[str, ...]:
    """A moment in words, the longest first: `7 Sep 16:40 NY · 22:40 here`, `7 Sep 16:40 NY`, `7 Sep 16:40`.

    A time of the reader's New York day has no date, one of another year has its year. Here's time bears a date where
    that is another than New York's.

    Args:
        moment: with a zone.
        read: when and where it is read; None where nobody knows, and then it has its date and no time of here.
        zone_word: what follows New York's time; empty where a column's title says it.
        has_seconds: whether seconds are worth their room.
        glyphs: the signs to write with.
    """
    there = moment.astimezone(NEW_YORK)
    clock = "%H:%M:%S" if has_seconds else "%H:%M"
    today = None if read is None else read.now.astimezone(NEW_YORK)
    day = "" if today is not None and there.date() == today.date() else f"{_day_of(there, today)} "
    named = f"{day}{there:{clock}} {zone_word}".rstrip()
    wordings = [named, f"{day}{there:{clock}}"]
    here = "" if read is None else here_words(moment, read.here, has_seconds=has_seconds)
    if here:
        wordings.insert(0, f"{named} {glyphs.separator} {here}")
    return tuple(dict.fromkeys(wordings))


def here_words(moment: datetime, zone: tzinfo, *, has_seconds: bool = False) -> str:
    """A moment by the reader's clock, `22:40 here`, with its date where that is not New York's; empty if all is."""
    there, here = moment.astimezone(NEW_YORK), moment.astimezone(zone)
    if here.utcoffset() == there.utcoffset():
        return ""
    day = "" if here.date() == there.date() else f"{_day_of(here, there)} "
    return f"{day}{here:{'%H:%M:%S' if has_seconds else '%H:%M'}} here"


def _day_of(moment: datetime, reference: datetime | None) -> str:
    day = f"{moment.day} {MONTHS[moment.month - 1]}"
    return day if reference is None or moment.year == reference.year else f"{day} {moment.year % 100:02d}"


def moment_text(
    moment: datetime | None, width: int, read: ReaderTime | None = None, glyphs: Glyphs = GLYPHS_UNICODE
) -> str:
    """A moment in a column whose title says that it is New York's: as much of it as fits, or the day alone."""
    if moment is None:
        return missing_text(None, width, glyphs)
    wordings = moment_wordings(moment, read, zone_word="", glyphs=glyphs)
    there = moment.astimezone(NEW_YORK)
    day = _day_of(there, None if read is None else read.now.astimezone(NEW_YORK))
    is_today = read is not None and there.date() == read.now.astimezone(NEW_YORK).date()
    short = wordings[-1] if is_today else day
    return next((text.rjust(width) for text in wordings if len(text) <= width), None) or fit_figure(short, width)


def moment_words(moment: datetime, width: int, read: ReaderTime | None = None, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A moment with its zone in running text: the longest wording that fits, the shortest where none does."""
    wordings = moment_wordings(moment, read, glyphs=glyphs)
    return next((text for text in wordings if len(text) <= width), wordings[-1])
