"""The axis of days under a chart: a rule with ticks and marks of events, and the days below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from widgets.format import GLYPHS_UNICODE, MONTHS, Glyphs
from widgets.lines import Line

LABEL_GAP = 2
CELLS_A_LABEL = 10
LEAST_CELLS_A_WEEK = 3
"""Cells a week must have so that each has a small tick of its own."""
MONDAY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMark:
    """Something that happened on a day, as a sign on the rule."""

    place: float
    """The day, as `date.toordinal` gives it."""
    sign: str
    """One cell."""
    style: str = "accent"


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a chart so many cells wide shows."""

    first: float
    last: float
    width: int

    def cell(self, place: float) -> int | None:
        """The cell of a day; None outside the span."""
        if not self.first <= place <= self.last:
            return None
        length = self.last - self.first
        return round((place - self.first) / length * (self.width - 1)) if length else self.width // 2


def date_ticks(first: date, last: date, width: int) -> list[tuple[float, str]]:
    """Places and labels for a time axis `width` cells wide: days over weeks, firsts of months over years.

    A label carries the year where it is the first of its year, and so does the first of all.
    """
    count = max(1, width // CELLS_A_LABEL)
    length = (last - first).days
    for step in (1, 2, 7, 14):
        if length <= min(step * count, 75):
            days = [first + timedelta(days=offset) for offset in range(0, length + 1, step)]
            return _labelled(days)
    month_numbers = range(first.year * 12 + first.month, last.year * 12 + last.month)
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1_200) if len(month_numbers) <= step * count)
    months = [divmod(number, 12) for number in month_numbers]
    days = [
        date(year, month + 1, 1)
        for year, month in months
        if month % min(step, 12) == 0 and (step <= 12 or year % (step // 12) == 0)
    ]
    return _labelled(days)


def _labelled(days: Sequence[date]) -> list[tuple[float, str]]:
    ticks: list[tuple[float, str]] = []
    year = 0
    for day in days:
        words = f"{day.day} {MONTHS[day.month - 1]}"
        ticks.append((float(day.toordinal()), f"{words} {day.year % 100:02d}" if day.year != year else words))
        year = day.year
    return ticks


def rule_line(
    span: Span,
    ticks: Sequence[tuple[float, str]],
    marks: Sequence[EventMark] = (),
    reading: float | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> Line:
    """The rule under a chart: a long tick for each label, a short one for each Monday, and the marks of events.

    Args:
        span: the days shown.
        ticks: places and labels, as `date_ticks` gives them.
        marks: events; of two in one cell the later in the list is seen.
        reading: the day that is read, marked as well.
        glyphs: the signs to draw with.
    """
    signs = [(glyphs.axis_horizontal, "muted")] * span.width
    if span.width * 7 >= LEAST_CELLS_A_WEEK * (span.last - span.first):
        for day in range(max(int(span.first), 1), int(span.last) + 1):
            if date.fromordinal(day).weekday() == MONDAY:
                _put(signs, span, day, glyphs.axis_minor, "muted")
    for place, _ in ticks:
        _put(signs, span, place, glyphs.axis_tick_down, "muted")
    for mark in marks:
        _put(signs, span, mark.place, mark.sign, mark.style)
    if reading is not None:
        _put(signs, span, reading, glyphs.up, "accent")
    return list(signs)


def _put(signs: list[tuple[str, str]], span: Span, place: float, sign: str, style: str) -> None:
    cell = span.cell(place)
    if cell is not None:
        signs[cell] = (sign, style)


def label_line(span: Span, ticks: Sequence[tuple[float, str]]) -> Line:
    """The days under the rule, each beginning at its tick; those that would touch their neighbour are left out."""
    text = ""
    for place, label in ticks:
        cell = span.cell(place)
        if cell is None:
            continue
        column = min(cell, span.width - len(label))
        # A label that would touch its neighbour says less than none.
        if column >= 0 and (not text or column >= len(text) + LABEL_GAP):
            text = text.ljust(column) + label
    return [(text.ljust(span.width), "muted")]
