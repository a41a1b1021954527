"""The chart panel of one name: price and short interest over time, and below them the shorts' P&L."""

from __future__ import annotations

import math
from datetime import date
from functools import partial

import numpy as np

from shortside.one_name.history import NameHistory
from widgets.canvas import CurveForm
from widgets.chart import AXIS_ROWS, Chart, axis_lines, gutters, legend, without_data
from widgets.format import GLYPHS_UNICODE, MONTHS, Glyphs, dollars, price, shares, width_of
from widgets.formula import FINRA_RULE_4560, Formula
from widgets.lines import Line
from widgets.name_curves import (
    event_marks,
    marks_legend,
    ordinals,
    price_curve,
    profit_curves,
    short_curves,
    short_day,
    volume_levels,
)
from widgets.panel import Panel
from widgets.panel_description import PanelDescription
from widgets.time_axis import EventMark, Span

LEAST_HEIGHT_FOR_PROFIT = 14
"""Lines below which the P&L curve gives its room to the price."""
LEAST_HEIGHT_FOR_VOLUME = 18
"""Lines below which the volume gives its room to the price."""
YEAR_SESSIONS = 252
LEAST_SESSIONS = 10
"""Sessions the chart shows at least, however often one zooms in."""
ZOOM = 2
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class SymbolChart(Panel):
    """Price line, a dot for every settlement, dashes where shares short are an estimate, and the P&L curve.

    Shows at least a year or the window, whichever is longer; `zoom` narrows or widens it, `show_all` widens it to all
    sessions there are. `read` puts a cross-hair on a session and says its figures.
    """

    description = PanelDescription(
        id="chart",
        title="Price and short interest",
        formula=Formula(
            title="Price, short interest and P&L",
            formula="line: P     dots: Q at settlements     dashes: Q between them\nbelow: Σ −Q(t−1) · (P(t) − P(t−1)) "
            "since the window's start",
            words="Dots are what FINRA published; the dashes between are an estimate by the method in the head. "
            "Shaded is the time after the last settlement, for which nothing was published. A missing price is "
            "a gap, never zero. At the right edge stands the last value of each curve. Marks on the time axis are the "
            "days of publications, splits and distributions. The bars are shares traded, the largest of the sessions "
            "in a cell.",
            source=FINRA_RULE_4560,
        ),
        figure="shares_short",
    )

    def __init__(
        self,
        *,
        title: str | None = None,
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(title=title, glyphs=glyphs, name=name, id=id, classes=classes)
        self._history: NameHistory | None = None
        self._first, self._last = 0, 0
        self._places: list[float] = []
        self.show_all = False
        """Whether all sessions are shown."""
        self._zoomed: int | None = None
        """How many sessions are shown where one zoomed; None for a year or the window."""
        self.reading: int | None = None
        """The session under the cross-hair; None where there is none."""
        self.form: CurveForm = CurveForm.BRAILLE if self.glyphs.has_braille else CurveForm.BLOCKS
        """What curves are drawn of; signs where the glyphs are ASCII."""
        self.has_rule = True
        """Whether the cross-hair is a line through the plots, or a mark on the time axis only, for slow lines."""

    def show_history(self, history: NameHistory) -> int:
        """Draw this name; returns the number of regions repainted."""
        if self._history is not None and self._history.symbol != history.symbol:
            self.reading = None
        self._history = history
        if self.reading is not None:
            self.reading = min(self.reading, len(history.sessions) - 1)
        self._frame()
        self.note = _note(history)
        return self.redraw()

    def zoom(self, closer: bool) -> None:
        """Show half as many sessions, or twice as many, about the cross-hair or else up to the last one."""
        if self._history is None:
            return
        shown = len(self._places)
        wanted = max(shown // ZOOM, LEAST_SESSIONS) if closer else shown * ZOOM
        self._zoomed, self.show_all = min(wanted, len(self._history.sessions)), False
        self._frame()
        self.redraw()

    def read(self, sessions: int) -> None:
        """Move the cross-hair by so many sessions; the first time it is put on the last one."""
        if self._history is None:
            return
        last = len(self._history.sessions) - 1
        self.reading = last if self.reading is None else max(0, min(self.reading + sessions, last))
        if not self._first <= self.reading <= self._last:
            self._frame()
        self.redraw()

    def stop_reading(self) -> None:
        """Take the cross-hair away."""
        self.reading = None
        self._frame()
        self.redraw()

    def _frame(self) -> None:
        """Choose the sessions to show: as many as are asked for, with the cross-hair among them."""
        history = self._history
        assert history is not None
        total = len(history.sessions)
        usual = total - max(min(total - YEAR_SESSIONS, history.window.start), 0)
        shown = total if self.show_all else self._zoomed or usual
        last = total - 1
        if self.reading is not None and self.reading <= last - shown // ZOOM:
            last = max(self.reading + shown // ZOOM, shown - 1)
        self._first, self._last = max(last - shown + 1, 0), min(last, total - 1)
        self._places = ordinals(history, self._first, self._last)

    def draw(self, width: int, height: int) -> list[Line]:
        history = self._history
        if history is None or not self._places:
            return []
        marks = event_marks(history, self._first, self._places, self.glyphs)
        upper, lower = self._charts(height)
        if not upper.has_data:
            return without_data(width, height, self.glyphs)
        charts = [upper] if lower is None else [upper, lower]
        left, right = gutters(charts, width)
        plot = width - left - right
        reading = self._reading_place
        drawn = partial(
            Chart.lines,
            plot_width=plot,
            left=left,
            right=right,
            shaded_from=self._shaded_from,
            ruled_at=reading if self.has_rule else None,
        )
        lines = [self._heading(upper, marks, width), *drawn(upper)]
        if self._has_volume(height):
            lines.append(self._volume_line(plot, left, right))
        if lower is not None:
            lines += [legend(lower.series[-1:], self.glyphs, self.form), *drawn(lower)]
        return [*lines, *axis_lines(upper.span, plot, left, right, marks, reading, self.glyphs)]

    @property
    def _reading_place(self) -> float | None:
        return None if self.reading is None else self._places[self.reading - self._first]

    @property
    def _shaded_from(self) -> float | None:
        history = self._history
        assert history is not None
        if history.last_known is None or history.last_known >= len(history.sessions) - 1:
            return None
        return self._places[max(history.last_known - self._first, 0)] if history.last_known <= self._last else None

    def _charts(self, height: int) -> tuple[Chart, Chart | None]:
        """The chart of the price, and that of the P&L where there is room for it."""
        history, first, places = self._history, self._first, self._places
        assert history is not None
        has_profit = bool(np.isfinite(history.profit[first : self._last + 1]).any())
        below = max(height // 4, 4) if height >= LEAST_HEIGHT_FOR_PROFIT and has_profit else 0
        rows = height - 1 - AXIS_ROWS - self._has_volume(height) - (below + 1 if below else 0)
        span = (places[0], places[-1])
        upper = Chart(
            [
                price_curve(history, first, places, self.glyphs),
                *short_curves(history, first, places, self.glyphs),
            ],
            rows,
            span,
            left_format=self._dollars_a_share,
            right_format=self._shares,
            glyphs=self.glyphs,
            form=self.form,
        )
        if not below:
            return upper, None
        profit = profit_curves(history, first, places, self.glyphs)
        return upper, Chart(profit, below, span, left_format=self._money, glyphs=self.glyphs, form=self.form)

    def _has_volume(self, height: int) -> bool:
        history = self._history
        known = history is not None and bool(np.isfinite(history.volume[self._first : self._last + 1]).any())
        return height >= LEAST_HEIGHT_FOR_VOLUME and known

    def _volume_line(self, plot: int, left: int, right: int) -> Line:
        history = self._history
        assert history is not None
        volume = history.volume[self._first : self._last + 1]
        span = Span(self._places[0], self._places[-1], plot)
        bars = volume_levels(volume, [span.cell(place) for place in self._places], plot, self.glyphs)
        known = volume[np.isfinite(volume)]
        last = self.glyphs.newest + self._shares(float(known[-1])) if len(known) else ""
        before: Line = [(f"{'volume' if left > len('volume') else 'vol':>{left - 1}} ", "muted")] if left else []
        after: Line = [(last.ljust(right) if width_of(last) <= right else " " * right, "muted")] if right else []
        return [*before, *bars, *after]

    def _heading(self, chart: Chart, marks: list[EventMark], width: int) -> Line:
        """What the curves and marks are, or what they say on the day under the cross-hair."""
        if self.reading is not None:
            return self._reading_line(self.reading, width)
        line = legend(chart.series, self.glyphs, self.form)
        more = marks_legend(marks, self.glyphs)
        used = sum(width_of(text) for text, _ in (*line, *more))
        return [*line, *more] if used <= width else line

    def _reading_line(self, row: int, width: int) -> Line:
        """Day, price, shares short and their dollars, P&L and volume of a session, the most needed first."""
        history = self._history
        assert history is not None
        day: date = history.sessions[row].astype(date)
        held = float(history.shares_short[row])
        kind = "settled" if row in history.settled else "held" if row > (history.last_known or 0) else "estimate"
        figures = [
            ("price", price(float(history.price[row]), 9, glyphs=self.glyphs)),
            ("SI", dollars(float(history.short_interest[row]), 7, glyphs=self.glyphs)),
            ("P&L", dollars(float(history.profit[row]), 8, signed=True, glyphs=self.glyphs)),
            ("short", self._shares(held) + (f" {kind}" if math.isfinite(held) else "")),
            ("volume", self._shares(float(history.volume[row]))),
        ]
        line: Line = [(f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}", "title")]
        used = width_of(line[0][0])
        for words, figure in figures:
            used += width_of(words) + width_of(figure.strip()) + 3
            if used > width:
                break
            line += [(f"  {words} ", "muted"), (figure.strip(), "plain")]
        return line

    def _dollars_a_share(self, value: float) -> str:
        # A hundred dollars need no cents on an axis.
        return price(value, 8, glyphs=self.glyphs) if abs(value) < 100 else f"{value:,.0f}"

    def _money(self, value: float) -> str:
        return dollars(value, 7, signed=True, glyphs=self.glyphs)

    def _shares(self, value: float) -> str:
        return shares(value, 7, glyphs=self.glyphs).strip()


def _note(history: NameHistory) -> str:
    """Until when shares short are known."""
    if history.last_known is None:
        return "no short interest known"
    day = history.sessions[history.last_known].astype(date)
    return f"last settlement {short_day(day)}, shaded after it"
