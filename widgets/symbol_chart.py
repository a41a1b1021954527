"""The chart panel of one name: price and short interest over time, and below them the shorts' P&L."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np

from shortside.history import NameHistory
from widgets.chart import Series, braille_chart, date_ticks, legend
from widgets.format import GLYPHS_UNICODE, Glyphs, dollars, price, shares, short_date
from widgets.formula import FINRA_RULE_4560, Formula
from widgets.panel import Line, Panel
from widgets.panel_description import PanelDescription

LEAST_HEIGHT_FOR_PROFIT = 13
"""Lines below which the P&L curve gives its room to the price."""
YEAR_SESSIONS = 252
PRICE = "price"


class SymbolChart(Panel):
    """Price line, a dot for every settlement, dashes where shares short are an estimate, and the P&L curve.

    Shows at least a year or the window, whichever is longer; `show_all` widens it to all sessions there are.
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
            "a gap, never zero.",
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
        self._first = 0
        self._ordinals: list[float] = []
        self.show_all = False
        """Whether all sessions are shown."""

    def show_history(self, history: NameHistory) -> int:
        """Draw this name; returns the number of regions repainted."""
        self._history = history
        total = len(history.sessions)
        self._first = 0 if self.show_all else max(min(total - YEAR_SESSIONS, history.window.start), 0)
        # Days since 1970 to ordinals, once for all curves.
        days = history.sessions[self._first :].astype("datetime64[D]").astype(np.int64)
        self._ordinals = (days + date(1970, 1, 1).toordinal()).astype(float).tolist()
        self.note = _note(history)
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        history = self._history
        if history is None or not self._ordinals:
            return []
        curves = [
            _price_curve(history, self._first, self._ordinals),
            *_short_curves(history, self._first, self._ordinals),
        ]
        lower = self._profit_height(height)
        upper_height = height - lower - 1
        if not lower:
            return [legend(curves, self.glyphs), *self._chart(curves, width, upper_height)]
        return [legend(curves, self.glyphs), *self._both(curves, width, upper_height, lower)]

    def _profit_height(self, height: int) -> int:
        has_profit = self._history is not None and bool(np.isfinite(self._history.profit).any())
        return max(height // 3, 5) if height >= LEAST_HEIGHT_FOR_PROFIT and has_profit else 0

    def _both(self, curves: Sequence[Series], width: int, upper_height: int, lower_height: int) -> list[Line]:
        """The price chart, and the P&L chart with its own legend, their time axes exactly above one another."""
        profit = self._profit_curves()
        upper = self._chart(curves, width, upper_height, has_days=False)
        left, right = _gutters(upper)
        lower = self._chart(profit, width - right, lower_height - 1)
        own = _gutters(lower)[0]
        # The side with the narrower labels is drawn once more, as much narrower, and moved to the right.
        if own < left:
            lower = self._chart(profit, width - right - (left - own), lower_height - 1)
        elif own > left:
            upper = self._chart(curves, width - (own - left), upper_height, has_days=False)
        indent = max(left, own)
        upper = [_indented(line, indent - left) for line in upper]
        return [*upper, legend(profit[-1:], self.glyphs), *(_indented(line, indent - own) for line in lower)]

    def _chart(self, curves: Sequence[Series], width: int, height: int, *, has_days: bool = True) -> list[Line]:
        history, places = self._history, self._ordinals
        assert history is not None
        first, last = places[0], places[-1]
        shaded = None
        if history.last_known is not None and self._first <= history.last_known < len(history.sessions) - 1:
            shaded = places[history.last_known - self._first]
        ticks = date_ticks(date.fromordinal(int(first)), date.fromordinal(int(last)), width)
        lines = braille_chart(
            curves,
            width,
            height if has_days else height + 1,
            left_format=self._dollars_a_share if curves[0].label == PRICE else self._money,
            right_format=lambda value: shares(value, 7, glyphs=self.glyphs),
            x_ticks=ticks,
            span=(first, last),
            shaded_from=shaded,
            glyphs=self.glyphs,
        )
        return lines if has_days else lines[:-1]

    def _dollars_a_share(self, value: float) -> str:
        # A hundred dollars need no cents on an axis.
        return price(value, 8, glyphs=self.glyphs) if abs(value) < 100 else f"{value:,.0f}"

    def _money(self, value: float) -> str:
        return dollars(value, 7, signed=True, glyphs=self.glyphs)

    def _profit_curves(self) -> list[Series]:
        assert self._history is not None
        profit = self._history.profit[self._first :].tolist()
        places = self._ordinals
        zero = Series(label="zero", x=(places[0], places[-1]), values=(0.0, 0.0), style="shade", kind="dashed")
        latest = next((value for value in reversed(profit) if math.isfinite(value)), 0.0)
        style = "loss" if latest < 0 else "gain"
        words = f"short P&L since {_day(self._history.window.start_date)}, USD"
        return [zero, Series(label=words, x=places, values=profit, style=style)]


def _price_curve(history: NameHistory, first: int, places: Sequence[float]) -> Series:
    return Series(label=PRICE, x=places, values=history.price[first:].tolist(), style="plain")


def _short_curves(history: NameHistory, first: int, places: Sequence[float]) -> list[Series]:
    settled = {row: value for row, value in sorted(history.settled.items()) if row >= first}
    estimate = Series(
        label="estimate",
        x=places,
        values=history.shares_short[first:].tolist(),
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
    )
    return [estimate, dots] if np.isfinite(history.shares_short[first:]).any() else []


def _gutters(lines: Sequence[Line]) -> tuple[int, int]:
    """Cells the labels and axes take at the left and at the right of a chart's first line."""
    if not lines:
        return 0, 0
    first, last = lines[0][0], lines[0][-1]
    left = len(first[0]) if first[1] == "muted" else 0
    right = len(last[0]) if last[1] == "muted" and len(lines[0]) > 1 else 0
    return left, right


def _indented(line: Line, cells: int) -> Line:
    return [(" " * cells, "plain"), *line] if cells else line


def _day(day: date) -> str:
    return f"{short_date(day, 6).strip()} {day.year % 100:02d}"


def _note(history: NameHistory) -> str:
    """Until when shares short are known."""
    if history.last_known is None:
        return "no short interest known"
    day = history.sessions[history.last_known].astype(date)
    return f"last settlement {_day(day)}, shaded after it"
