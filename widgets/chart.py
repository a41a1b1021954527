"""Draws line charts over time in braille, eight dots a cell, with an axis at each side."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from widgets.format import GLYPHS_UNICODE, MONTHS, Glyphs, dollars, fit, short_date
from widgets.panel import Line
from widgets.sparkline import BRAILLE, BRAILLE_DOTS, Numbers

Axis = Literal["left", "right"]
Stroke = Literal["line", "dashed", "dots"]
ValueFormat = Callable[[float], str]

ASCII_SIGNS: dict[Stroke, str] = {"line": "*", "dashed": "-", "dots": "o"}
DASH_LENGTH = 3
LEAST_PLOT_WIDTH = 12
LABEL_GAP = 2


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


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    pixels: int

    def pixel(self, value: float) -> int:
        return round((value - self.low) / (self.high - self.low) * (self.pixels - 1))

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


class _Canvas:
    """A grid of cells, each of several pixels, with a style and perhaps a sign of its own."""

    def __init__(self, width: int, height: int, glyphs: Glyphs) -> None:
        self.glyphs = glyphs
        self.across, self.down = (1, 1) if glyphs.is_ascii else (2, 4)
        self.width, self.height = width, height
        self._bits = [bytearray(width) for _ in range(height)]
        self._signs: list[list[str]] = [[""] * width for _ in range(height)]
        self._styles: list[list[str]] = [["plain"] * width for _ in range(height)]

    def set_pixel(self, x: int, y: int, style: str, sign: str) -> None:
        """Light a pixel; y counts upwards. In ASCII the whole cell shows `sign`."""
        column, row = x // self.across, self.height - 1 - y // self.down
        if self.glyphs.is_ascii:
            self._signs[row][column] = sign
        else:
            self._bits[row][column] |= BRAILLE_DOTS[self.down - 1 - y % self.down][x % self.across]
        self._styles[row][column] = style

    def set_sign(self, x: int, y: int, style: str, sign: str) -> None:
        """Let the cell of a pixel show a sign, whatever is lit in it."""
        column, row = x // self.across, self.height - 1 - y // self.down
        self._signs[row][column] = sign
        self._styles[row][column] = style

    def draw_line(self, points: Sequence[tuple[int, int]], series: Series) -> None:
        """Join pixels; an estimate is dashed."""
        sign = ASCII_SIGNS[series.kind]
        dash = 1 if self.glyphs.is_ascii else DASH_LENGTH
        step = 0
        for index, (x, y) in enumerate(points):
            before_x, before_y = points[index - 1] if index else (x, y)
            length = max(abs(x - before_x), abs(y - before_y))
            for pixel in range(1 if index else 0, length + 1):
                if series.kind != "dashed" or step // dash % 2 == 0:
                    part = pixel / length if length else 0.0
                    across = round(before_x + (x - before_x) * part)
                    self.set_pixel(across, round(before_y + (y - before_y) * part), series.style, sign)
                step += 1

    def shade(self, first_column: int) -> None:
        """Fill what is empty from a column to the right."""
        for row in range(self.height):
            for column in range(max(0, first_column), self.width):
                if not self._bits[row][column] and not self._signs[row][column]:
                    self._signs[row][column] = self.glyphs.shade
                    self._styles[row][column] = "shade"

    def line(self, row: int) -> Line:
        """A row of cells as runs of one style each."""
        runs: Line = []
        for bits, sign, style in zip(self._bits[row], self._signs[row], self._styles[row], strict=True):
            shown = sign or (chr(BRAILLE + bits) if bits else " ")
            if runs and runs[-1][1] == style:
                runs[-1] = (runs[-1][0] + shown, style)
            else:
                runs.append((shown, style))
        return runs


def nice_ticks(low: float, high: float, count: int) -> list[float]:
    """At most `count` round numbers between two values: steps of 1, 2, 2.5 or 5 times a power of ten."""
    if count < 1 or not high > low:
        return []
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10, 20) if factor * power >= rough)
    first = math.ceil(low / step)
    ticks = [index * step for index in range(first, math.floor(high / step) + 1)]
    return ticks[:count] if len(ticks) > count else ticks


def date_ticks(first: date, last: date, width: int) -> list[tuple[float, str]]:
    """Places and labels for a time axis `width` cells wide: days over weeks, months over years.

    January carries its year, and so does the first label.
    """
    count = max(1, width // 10)
    length = (last - first).days
    for step in (1, 2, 7, 14):
        if length <= min(step * count, 75):
            return [
                (float(day.toordinal()), short_date(day, 6).strip())
                for day in (first + timedelta(days=offset) for offset in range(0, length + 1, step))
            ]
    month_numbers = range(first.year * 12 + first.month, last.year * 12 + last.month)
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1_200) if len(month_numbers) <= step * count)
    ticks: list[tuple[float, str]] = []
    for number in month_numbers:
        year, month = divmod(number, 12)
        if month % min(step, 12) == 0 and (step <= 12 or year % (step // 12) == 0):
            label = MONTHS[month] if month and ticks else f"{MONTHS[month]} {year % 100:02d}"
            ticks.append((float(date(year, month + 1, 1).toordinal()), label))
    return ticks


def legend(series: Sequence[Series], glyphs: Glyphs = GLYPHS_UNICODE) -> Line:
    """What each curve is, with a sample of it, in one line."""
    samples: dict[Stroke, str] = {"line": "⠒⠒⠒", "dashed": "⠒ ⠒", "dots": glyphs.dot}
    if glyphs.is_ascii:
        samples = {"line": "***", "dashed": "- -", "dots": glyphs.dot}
    line: Line = []
    for one in series:
        side = " (right)" if one.axis == "right" else ""
        line += [(samples[one.kind], one.style), (f" {one.label}{side}  ", "muted")]
    return line


def braille_chart(
    series: Sequence[Series],
    width: int,
    height: int,
    *,
    left_format: ValueFormat | None = None,
    right_format: ValueFormat | None = None,
    x_ticks: Sequence[tuple[float, str]] = (),
    span: tuple[float, float] | None = None,
    shaded_from: float | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> list[Line]:
    """Curves on a common time axis, each side with its own scale.

    Args:
        series: The curves; later ones are drawn over earlier ones, dots over lines.
        width: Cells of every line returned.
        height: Lines returned; the last holds the labels of the time axis.
        left_format: How values at the left axis are written; US dollars if None.
        right_format: Writes the labels of the right axis.
        x_ticks: Places and labels on the time axis, see `date_ticks`; those that would collide are left out.
        span: First and last place of the time axis; those of the series if None.
        shaded_from: From where to the right nothing is published yet.
        glyphs: The signs to draw with; ASCII ones draw a sign a cell.
    """
    extent = span or _extent(series)
    values = {side: _axis_values(series, side, extent) for side in ("left", "right")}
    if width < 1 or height < 2 or extent is None or not (values["left"] or values["right"]):
        return _without_data(width, height, glyphs)
    plot_height = height - 1
    down = 1 if glyphs.is_ascii else 4
    scales = {side: _scale(found, plot_height * down) for side, found in values.items() if found}
    labels = {
        side: _labels(scale, plot_height, down, left_format if side == "left" else right_format, glyphs)
        for side, scale in scales.items()
    }
    for side in ("right", "left"):
        # Curves matter more than their labels: on a narrow panel the right ones go first.
        if width - sum(_label_width(one) for one in labels.values()) < LEAST_PLOT_WIDTH:
            labels.pop(side, None)
    plot_width = width - sum(_label_width(one) for one in labels.values())
    canvas = _Canvas(plot_width, plot_height, glyphs)
    across = _Scale(*_widened(*extent), plot_width * canvas.across)
    _draw(canvas, series, across, scales)
    if shaded_from is not None and shaded_from <= across.high:
        canvas.shade(across.pixel(max(shaded_from, across.low)) // canvas.across + 1)
    lines = [_row(canvas, row, labels, glyphs) for row in range(plot_height)]
    indent = _label_width(labels.get("left", {}))
    return [*lines, _time_axis(x_ticks, across, canvas.across, plot_width, indent, width)]


def _extent(series: Sequence[Series]) -> tuple[float, float] | None:
    places = [float(place) for one in series for place in one.x]
    return (min(places), max(places)) if places else None


def _points(series: Series) -> Iterator[tuple[float, float]]:
    return ((float(place), float(value)) for place, value in zip(series.x, series.values, strict=True))


def _axis_values(series: Sequence[Series], side: str, extent: tuple[float, float] | None) -> list[float]:
    if extent is None:
        return []
    return [
        value
        for one in series
        if one.axis == side
        for place, value in _points(one)
        if math.isfinite(value) and extent[0] <= place <= extent[1]
    ]


def _widened(low: float, high: float) -> tuple[float, float]:
    """A range that has a length."""
    if high > low:
        return low, high
    room = abs(low) * 0.05 or 1.0
    return low - room, low + room


def _scale(values: Sequence[float], pixels: int) -> _Scale:
    return _Scale(*_widened(min(values), max(values)), pixels)


def _labels(scale: _Scale, rows: int, down: int, value_format: ValueFormat | None, glyphs: Glyphs) -> dict[int, str]:
    """Labels by row, counted from the top."""
    ticks = nice_ticks(scale.low, scale.high, max(2, rows // 4))
    written = value_format or (lambda value: dollars(value, 8, glyphs=glyphs))
    return {rows - 1 - scale.pixel(tick) // down: written(tick).strip() for tick in ticks}


def _label_width(labels: dict[int, str]) -> int:
    # One cell more for the axis itself.
    return max((len(label) for label in labels.values()), default=-1) + 1


def _draw(canvas: _Canvas, series: Sequence[Series], across: _Scale, scales: dict[str, _Scale]) -> None:
    for one in sorted(series, key=lambda each: each.kind == "dots"):
        if one.axis not in scales:
            continue
        segment: list[tuple[int, int]] = []
        for place, value in _points(one):
            if not math.isfinite(value) or not across.holds(place):
                canvas.draw_line(segment, one)
                segment = []
                continue
            point = (across.pixel(place), scales[one.axis].pixel(value))
            if one.kind == "dots":
                canvas.set_sign(*point, one.style, canvas.glyphs.dot)
            else:
                segment.append(point)
        canvas.draw_line(segment, one)


def _row(canvas: _Canvas, row: int, labels: dict[str, dict[int, str]], glyphs: Glyphs) -> Line:
    line: Line = []
    if left := labels.get("left"):
        sign = glyphs.axis_tick_left if row in left else glyphs.axis_vertical
        line.append((left.get(row, "").rjust(_label_width(left) - 1) + sign, "muted"))
    line += canvas.line(row)
    if right := labels.get("right"):
        sign = glyphs.axis_tick_right if row in right else glyphs.axis_vertical
        line.append((sign + right.get(row, "").ljust(_label_width(right) - 1), "muted"))
    return line


def _time_axis(
    ticks: Sequence[tuple[float, str]], across: _Scale, pixels: int, plot_width: int, indent: int, width: int
) -> Line:
    text = ""
    for place, label in ticks:
        if not across.holds(place):
            continue
        column = min(across.pixel(place) // pixels, plot_width - len(label))
        # A label that would touch its neighbour says less than none.
        if column >= 0 and (not text or column >= len(text) + LABEL_GAP):
            text = text.ljust(column) + label
    return [(" " * indent + text.ljust(width - indent), "muted")]


def _without_data(width: int, height: int, glyphs: Glyphs) -> list[Line]:
    lines: list[Line] = [[(" " * max(width, 0), "plain")] for _ in range(height)]
    if height > 0:
        lines[height // 2] = [(fit("no data".center(width), width, glyphs=glyphs), "muted")]
    return lines
