"""Draws line charts over days: each side has its own scale with labels, and shows where each curve ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from widgets.canvas import CurveForm, PlotCanvas, Stroke, form_of
from widgets.format import GLYPHS_UNICODE, Glyphs, dollars, fit, width_of
from widgets.lines import Line, Run
from widgets.sparkline import Numbers
from widgets.time_axis import EventMark, Span, date_ticks, label_line, rule_line

Axis = Literal["left", "right"]
ValueFormat = Callable[[float], str]

LEAST_PLOT_WIDTH = 12
ROWS_A_LABEL = 3
AXIS_ROWS = 2
"""Rows of the rule and of the days under it."""
FINEST_STEPS = 12
"""How many round steps a range is parted into at most in search of two of them that lie in it."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Series:
    """One curve: values at places on the time axis."""

    label: str
    x: Numbers
    """Ascending places, as `date.toordinal` gives them."""
    values: Numbers
    """As many values; NaN is a gap, and is drawn as one."""
    style: str = "accent"
    axis: Axis = "left"
    kind: Stroke = "line"
    """A line is known throughout, a dashed one is an estimate, dots are known at their places only."""
    end: str = ""
    """Its last value in words, to be written at the right edge where it stands; empty for none."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The values that the pixels of a chart stand for, from below."""

    low: float
    high: float
    pixels: int

    def pixel(self, value: float) -> int:
        """The pixel of a value within the range."""
        return round((value - self.low) / (self.high - self.low) * (self.pixels - 1))


def nice_ticks(low: float, high: float, count: int) -> list[float]:
    """At most `count` round numbers between two values: steps of 1, 2, 2.5 or 5 times a power of ten."""
    if count < 1 or not high > low:
        return []
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    ticks: list[float] = []
    for step in (factor * power for factor in (1, 2, 2.5, 5, 10, 20) if factor * power >= rough):
        ticks = [index * step for index in range(math.ceil(low / step), math.floor(high / step) + 1)]
        if len(ticks) <= count:
            break
    return ticks[:count]


def legend(series: Sequence[Series], glyphs: Glyphs = GLYPHS_UNICODE, form: CurveForm = CurveForm.BRAILLE) -> Line:
    """What each curve is, with a sample of it, in one line."""
    samples: dict[CurveForm, dict[Stroke, str]] = {
        CurveForm.BRAILLE: {"line": "⠒⠒⠒", "dashed": "⠒ ⠒", "dots": glyphs.dot},
        CurveForm.BLOCKS: {"line": "▀▀▀", "dashed": "▀ ▀", "dots": glyphs.dot},
        CurveForm.ASCII: {"line": "***", "dashed": "- -", "dots": glyphs.dot},
    }
    line: Line = []
    for one in series:
        side = " (right)" if one.axis == "right" else ""
        line += [(samples[form_of(glyphs, form)][one.kind], one.style), (f" {one.label}{side}  ", "muted")]
    return line


class Chart:
    """Curves over the same days in so many rows, with the labels of their scales; drawn as wide as is asked.

    Args:
        series: the curves; later ones are drawn over earlier ones, dots over lines.
        rows: rows of the plot.
        span: first and last place of the time axis; those of the series if None.
        left_format: how values at the left axis are written; US dollars if None.
        right_format: writes the labels of the right axis.
        glyphs: the signs to draw with.
        form: what curves are drawn of; signs in ASCII whatever it is.
    """

    def __init__(
        self,
        series: Sequence[Series],
        rows: int,
        span: tuple[float, float] | None = None,
        *,
        left_format: ValueFormat | None = None,
        right_format: ValueFormat | None = None,
        glyphs: Glyphs = GLYPHS_UNICODE,
        form: CurveForm | None = None,
    ) -> None:
        self.series, self.rows, self.glyphs = series, rows, glyphs
        self.form = form_of(glyphs, form)
        self.span = span or _extent(series) or (0.0, 0.0)
        self._formats = {"left": left_format or self._as_dollars, "right": right_format or self._as_dollars}
        values = {side: _axis_values(series, side, self.span) for side in ("left", "right")}
        pixels = rows * self.form.down
        self._scales = {
            side: Scale(*widened(min(found), max(found)), pixels) for side, found in values.items() if found
        }
        self._left = self._ticks("left")
        self._right = {**self._ticks("right"), **self._ends()}

    def _as_dollars(self, value: float) -> str:
        return dollars(value, 8, glyphs=self.glyphs)

    @property
    def has_data(self) -> bool:
        """Whether there is anything to draw, and room for it."""
        return bool(self._scales) and self.rows > 0

    @property
    def left_width(self) -> int:
        """Cells that labels and axis need at the left; 0 without labels."""
        return _gutter_width(self._left)

    @property
    def right_width(self) -> int:
        """Cells that labels, last values and axis need at the right; 0 without any."""
        return _gutter_width(self._right)

    def lines(
        self,
        plot_width: int,
        left: int,
        right: int,
        *,
        shaded_from: float | None = None,
        ruled_at: float | None = None,
    ) -> list[Line]:
        """The rows of the plot between gutters of the given widths; a gutter of 0 cells has no axis either.

        Args:
            plot_width: cells of the plot.
            left: cells of the labels and the axis at the left, at least `left_width` or 0.
            right: cells at the right, at least `right_width` or 0.
            shaded_from: from where to the right nothing is published yet.
            ruled_at: a place to draw an upright line at.
        """
        canvas = PlotCanvas(plot_width, self.rows, self.glyphs, self.form)
        across = Scale(*widened(*self.span), plot_width * self.form.across)
        self._draw(canvas, across)
        if shaded_from is not None and shaded_from <= across.high:
            canvas.shade(across.pixel(max(shaded_from, across.low)) // self.form.across + 1)
        if ruled_at is not None and across.low <= ruled_at <= across.high:
            canvas.rule(across.pixel(ruled_at) // self.form.across)
        return [
            [*self._left_gutter(row, left), *canvas.line(row), *self._right_gutter(row, right)]
            for row in range(self.rows)
        ]

    def _ticks(self, side: Axis) -> dict[int, Run]:
        """Labels by row, counted from the top: round values, two at least where two can be told apart."""
        scale = self._scales.get(side)
        if scale is None:
            return {}
        written: dict[int, Run] = {}
        least = max(2, self.rows // ROWS_A_LABEL)
        for count in range(least, max(FINEST_STEPS, least) + 1):
            ticks = nice_ticks(scale.low, scale.high, count)
            written = {self._row(scale, tick): (self._formats[side](tick).strip(), "muted") for tick in ticks}
            if len(written) > 1:
                break
        return written

    def _ends(self) -> dict[int, Run]:
        """The last value of each curve that shows it, by the row it stands in or the next free one."""
        ends: dict[int, Run] = {}
        for one in self.series:
            last = _last_within(one, self.span)
            if not one.end or last is None or one.axis not in self._scales:
                continue
            row = self._row(self._scales[one.axis], last)
            free = next((near for near in _outwards(row, self.rows) if near not in ends), None)
            if free is not None:
                ends[free] = (self.glyphs.newest + one.end, one.style)
        return ends

    def _row(self, scale: Scale, value: float) -> int:
        return self.rows - 1 - scale.pixel(value) // self.form.down

    def _draw(self, canvas: PlotCanvas, across: Scale) -> None:
        for one in sorted(self.series, key=lambda each: each.kind == "dots"):
            if one.axis not in self._scales:
                continue
            segment: list[tuple[int, int]] = []
            for place, value in _points(one):
                if not math.isfinite(value) or not across.low <= place <= across.high:
                    canvas.draw_line(segment, one.style, one.kind)
                    segment = []
                    continue
                point = (across.pixel(place), self._scales[one.axis].pixel(value))
                if one.kind == "dots":
                    canvas.set_sign(*point, one.style, canvas.glyphs.dot)
                else:
                    segment.append(point)
            canvas.draw_line(segment, one.style, one.kind)

    def _left_gutter(self, row: int, width: int) -> Line:
        if not width:
            return []
        text, style = self._left.get(row, ("", "muted"))
        sign = self.glyphs.axis_tick_left if row in self._left else self.glyphs.axis_vertical
        return [(text.rjust(width - 1) + sign, style)]

    def _right_gutter(self, row: int, width: int) -> Line:
        if not width:
            return []
        text, style = self._right.get(row, ("", "muted"))
        is_end = text.startswith(self.glyphs.newest)
        axis = "" if is_end else self.glyphs.axis_tick_right if text else self.glyphs.axis_vertical
        return [((axis + text).ljust(width), style)]


def line_chart(
    series: Sequence[Series],
    width: int,
    height: int,
    *,
    left_format: ValueFormat | None = None,
    right_format: ValueFormat | None = None,
    marks: Sequence[EventMark] = (),
    span: tuple[float, float] | None = None,
    shaded_from: float | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
    form: CurveForm | None = None,
) -> list[Line]:
    """One chart with its time axis, all in `width` × `height` cells.

    Args:
        series: the curves, see `Chart`.
        width: cells of every line returned.
        height: lines returned; the last two are the time axis.
        left_format: how values at the left axis are written; US dollars if None.
        right_format: writes the labels of the right axis.
        marks: events on the time axis.
        span: first and last place of the time axis; those of the series if None.
        shaded_from: from where to the right nothing is published yet.
        glyphs: the signs to draw with.
        form: what curves are drawn of.
    """
    chart = Chart(
        series,
        height - AXIS_ROWS,
        span,
        left_format=left_format,
        right_format=right_format,
        glyphs=glyphs,
        form=form,
    )
    if not chart.has_data or width < 1:
        return without_data(width, height, glyphs)
    left, right = gutters([chart], width)
    plot = width - left - right
    lines = chart.lines(plot, left, right, shaded_from=shaded_from)
    return [*lines, *axis_lines(chart.span, plot, left, right, marks, glyphs=glyphs)]


def gutters(charts: Sequence[Chart], width: int) -> tuple[int, int]:
    """The cells at the left and at the right that charts above one another share, so that their days do, too.

    Curves matter more than labels: where it is narrow those at the right go first, then those at the left.
    """
    left = max((chart.left_width for chart in charts), default=0)
    right = max((chart.right_width for chart in charts), default=0)
    if width - left - right < LEAST_PLOT_WIDTH:
        right = 0
    return (left if width - left >= LEAST_PLOT_WIDTH else 0), right


def axis_lines(
    days: tuple[float, float],
    plot: int,
    left: int,
    right: int,
    marks: Sequence[EventMark] = (),
    reading: float | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> list[Line]:
    """The time axis under a plot that stands between two gutters: rule and days."""
    ticks = date_ticks(date.fromordinal(max(int(days[0]), 1)), date.fromordinal(max(int(days[1]), 1)), plot)
    span = Span(*days, plot)
    before: Line = [(" " * left, "plain")] if left else []
    after: Line = [(" " * right, "plain")] if right else []
    return [
        [*before, *rule_line(span, ticks, marks, reading, glyphs), *after],
        [*before, *label_line(span, ticks), *after],
    ]


def without_data(width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """A rectangle that says that nothing is known."""
    lines: list[Line] = [[(" " * max(width, 0), "plain")] for _ in range(height)]
    if height > 0:
        lines[height // 2] = [(fit("no data".center(max(width, 0)), width, glyphs=glyphs), "muted")]
    return lines


def widened(low: float, high: float) -> tuple[float, float]:
    """A range that has a length."""
    if high > low:
        return low, high
    room = abs(low) * 0.05 or 1.0
    return low - room, low + room


def _gutter_width(labels: dict[int, Run]) -> int:
    # One cell more for the axis itself; the mark of an end stands in its place.
    return max((width_of(text) + 1 for text, _ in labels.values()), default=0)


def _outwards(row: int, rows: int) -> Iterator[int]:
    for distance in range(rows):
        for near in (row + distance, row - distance):
            if 0 <= near < rows:
                yield near


def _points(one: Series) -> Iterator[tuple[float, float]]:
    return ((float(place), float(value)) for place, value in zip(one.x, one.values, strict=True))


def _last_within(one: Series, span: tuple[float, float]) -> float | None:
    return next(
        (
            value
            for place, value in reversed(list(_points(one)))
            if math.isfinite(value) and span[0] <= place <= span[1]
        ),
        None,
    )


def _extent(series: Sequence[Series]) -> tuple[float, float] | None:
    places = [place for one in series for place, value in _points(one) if math.isfinite(value)]
    return (min(places), max(places)) if places else None


def _axis_values(series: Sequence[Series], side: str, span: tuple[float, float]) -> list[float]:
    return [
        value
        for one in series
        if one.axis == side
        for place, value in _points(one)
        if math.isfinite(value) and span[0] <= place <= span[1]
    ]
