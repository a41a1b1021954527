"""The curves of one name's chart: its price, its shares short, the shorts' P&L, its volume, and what happened when."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np

from shortside.listings import Floats
from shortside.one_name.history import NameHistory
from widgets.chart import Series
from widgets.format import Glyphs, dollars, price, shares, short_date
from widgets.lines import Line
from widgets.sparkline import level_sign
from widgets.time_axis import EventMark

PRICE = "price"
EPOCH = date(1970, 1, 1).toordinal()


def ordinals(history: NameHistory, first: int, last: int) -> list[float]:
    """The days of some sessions, both included, as `date.toordinal` counts them."""
    days = history.sessions[first : last + 1].astype("datetime64[D]").astype(np.int64)
    return [float(day) for day in days + EPOCH]


def price_curve(history: NameHistory, first: int, places: Sequence[float], glyphs: Glyphs) -> Series:
    """The price from a session on; a gap where there was none."""
    values = history.price[first : first + len(places)].tolist()
    end = "" if (last := _last_known(values)) is None else price(last, 9, glyphs=glyphs).strip()
    return Series(label=PRICE, x=places, values=values, style="plain", end=end)


def short_curves(history: NameHistory, first: int, places: Sequence[float], glyphs: Glyphs) -> list[Series]:
    """Dashes for shares short by the view's method and a dot for each settlement; none where nothing is known."""
    after = first + len(places)
    held = history.shares_short[first:after]
    if not np.isfinite(held).any():
        return []
    settled = {row: value for row, value in sorted(history.settled.items()) if first <= row < after}
    estimate = Series(
        label="estimate",
        x=places,
        values=held.tolist(),
        style="estimate",
        axis="right",
        kind="dashed",
    )
    dots = Series(
        label="shares short",
        x=[places[row - first] for row in settled],
        values=list(settled.values()),
        style="accent",
        axis="right",
        kind="dots",
        end="" if not settled else shares(settled[max(settled)], 7, glyphs=glyphs).strip(),
    )
    return [estimate, dots]


def profit_curves(history: NameHistory, first: int, places: Sequence[float], glyphs: Glyphs) -> list[Series]:
    """The shorts' P&L since the window's start over a line at zero."""
    profit = history.profit[first : first + len(places)].tolist()
    zero = Series(label="zero", x=(places[0], places[-1]), values=(0.0, 0.0), style="shade", kind="dashed")
    latest = _last_known(profit) or 0.0
    words = f"short P&L since {short_day(history.window.start_date)}, USD"
    style = "loss" if latest < 0 else "gain"
    end = dollars(latest, 8, signed=True, glyphs=glyphs).strip()
    return [zero, Series(label=words, x=places, values=profit, style=style, end=end)]


def _last_known(values: Sequence[float]) -> float | None:
    return next((value for value in reversed(values) if math.isfinite(value)), None)


def short_day(day: date) -> str:
    """A day with its year: ``3 Aug 23``."""
    return f"{short_date(day, 6).strip()} {day.year % 100:02d}"


def event_marks(history: NameHistory, first: int, places: Sequence[float], glyphs: Glyphs) -> list[EventMark]:
    """When short interest was published, and the first days after splits and distributions."""
    shown = range(first, first + len(places))
    published = [
        EventMark(place=places[row - first], sign=glyphs.published, style="estimate")
        for row in history.published
        if row in shown
    ]
    splits = [
        EventMark(place=places[row - first], sign=glyphs.split, style="warning")
        for row, _ in history.splits
        if row and row in shown
    ]
    owed = [
        EventMark(place=places[row - first], sign=glyphs.distribution, style="warning")
        for row in history.distributions
        if row in shown
    ]
    return [*published, *owed, *splits]


def marks_legend(marks: Sequence[EventMark], glyphs: Glyphs) -> Line:
    """What the marks on the time axis are, as far as any is shown."""
    words = {glyphs.published: "published", glyphs.distribution: "distribution", glyphs.split: "split"}
    shown = {mark.sign: mark.style for mark in marks}
    return [run for sign, style in shown.items() for run in ((sign, style), (f" {words[sign]}  ", "muted"))]


def volume_levels(volume: Floats, columns: Sequence[int | None], width: int, glyphs: Glyphs) -> Line:
    """The volume as bars of one row: each the largest of the sessions that fall into its cell; blank where unknown.

    Args:
        volume: shares traded, by session.
        columns: the cell of each session; None for none.
        width: cells of the row.
        glyphs: the signs to draw with.
    """
    most = [math.nan] * width
    for cell, traded in zip(columns, volume.tolist(), strict=True):
        if cell is not None and math.isfinite(traded):
            most[cell] = traded if math.isnan(most[cell]) else max(most[cell], traded)
    top = max((traded for traded in most if math.isfinite(traded)), default=0.0)
    return [(" " if math.isnan(traded) else level_sign(traded, 0.0, top, glyphs), "muted") for traded in most]
