"""Draws series and amounts with block characters: sparklines, and bars to either side of an axis."""

import math
from collections.abc import Iterator
from typing import Protocol, SupportsFloat

from widgets.format import GLYPHS_UNICODE, Glyphs

MIDDLE_LEVEL = 3


class Numbers(Protocol):
    """A list, tuple or range of numbers, or a numpy array of one dimension."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[SupportsFloat]: ...

    def __getitem__(self, index: int, /) -> SupportsFloat: ...


def sparkline(
    values: Numbers,
    width: int,
    glyphs: Glyphs = GLYPHS_UNICODE,
    *,
    low: float | None = None,
    high: float | None = None,
) -> str:
    """A series in `width` cells of eight heights, oldest at the left.

    A longer series keeps the last known value of each of `width` equal runs, so the last cell is always the
    newest figure and never an average of it with older ones. A shorter one stands at the right: blank cells
    at the left say that nothing is known from so far back. A missing value is a blank, never the lowest
    level; a series that does not move stands at middle height.

    Args:
        values: The series, any sequence of numbers, numpy arrays included; NaN and infinities are missing.
        width: Terminal cells to fill.
        glyphs: The eight levels to draw with.
        low: The value of the lowest level; the series' own minimum if None. Lower values are drawn there too.
        high: The value of the highest level; the series' own maximum if None. Higher values are drawn there, too.
    """
    if width <= 0:
        return ""
    sampled = _last_of_each_run(values, width)
    finite = [value for value in sampled if not math.isnan(value)]
    if not finite:
        return " " * width
    bottom = min(finite) if low is None else low
    top = max(finite) if high is None else high
    return "".join(_levels(sampled, bottom, top, glyphs)).rjust(width)


def diverging_bar(value: float | None, scale: float, half_width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A bar from an axis in the middle: leftwards below zero (covering), rightwards above (shorting).

    Rightward bars end on an eighth of a cell. Unicode has no such set for leftward ones, which round to the
    nearest of nothing, an eighth, a half and a whole cell. A bar longer than the scale is cut and carries a
    marker at its end. What is unknown is an em dash beside the axis.

    Args:
        value: The amount, in the unit of `scale`.
        scale: The amount that fills `half_width` cells.
        half_width: Cells at each side of the axis; the text is twice that and one wide.
        glyphs: The signs to draw with.
    """
    if half_width <= 0:
        return glyphs.bar_axis
    empty = " " * half_width
    if value is None or not math.isfinite(value) or not math.isfinite(scale):
        return empty + glyphs.bar_axis + glyphs.missing.ljust(half_width)[:half_width]
    cells = _cells(abs(value), scale, half_width)
    if value < 0:
        return _left(cells, half_width, glyphs) + glyphs.bar_axis + empty
    return empty + glyphs.bar_axis + _right(cells, half_width, glyphs)


def _last_of_each_run(values: Numbers, width: int) -> list[float]:
    length = len(values)
    if length <= width:
        return [float(value) if math.isfinite(value) else math.nan for value in values]
    cells = min(width, length)
    sampled = []
    for cell in range(cells):
        first, after = cell * length // cells, (cell + 1) * length // cells
        # Backwards to the newest known value: a run holding any is not missing.
        run = (float(values[index]) for index in range(after - 1, first - 1, -1))
        sampled.append(next((value for value in run if math.isfinite(value)), math.nan))
    return sampled


def _levels(values: list[float], bottom: float, top: float, glyphs: Glyphs) -> list[str]:
    """The sign of each value; half of everything, because the difference of two huge values may overflow."""
    signs, half_bottom = glyphs.spark, bottom / 2
    span = top / 2 - half_bottom
    if not top > bottom or not span > 0:
        still = signs[MIDDLE_LEVEL if not top > bottom else len(signs) // 2]
        return [" " if math.isnan(value) else still for value in values]
    # NaN is the one value that differs from itself.
    return [
        " " if value != value else signs[max(0, min(7, int((value / 2 - half_bottom) / span * 8)))] for value in values
    ]


def _cells(magnitude: float, scale: float, half_width: int) -> float:
    if magnitude == 0:
        return 0.0
    # Against no scale everything is beyond it.
    if scale <= 0 or magnitude > scale:
        return half_width + 1.0
    return magnitude / scale * half_width


def _right(cells: float, half_width: int, glyphs: Glyphs) -> str:
    steps = len(glyphs.bar_right)
    if cells > half_width:
        return glyphs.clipped_right.rjust(half_width, glyphs.bar_right[-1])
    whole, part = divmod(_nearest(cells * steps), steps)
    bar = glyphs.bar_right[-1] * whole + (glyphs.bar_right[part - 1] if part else "")
    return bar.ljust(half_width)


def _left(cells: float, half_width: int, glyphs: Glyphs) -> str:
    full = glyphs.bar_left[-1][1]
    if cells > half_width:
        return glyphs.clipped_left.ljust(half_width, full)
    whole = int(cells)
    choices = ((0.0, ""), *glyphs.bar_left)
    _, part = min(choices, key=lambda choice: abs(choice[0] - (cells - whole)))
    return (part + full * whole).rjust(half_width)


def _nearest(value: float) -> int:
    # round() goes to the even neighbour, which would draw two equal steps of different length.
    return int(value + 0.5)
