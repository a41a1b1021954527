"""Draws series and amounts in one line: sparklines, levels, and bars to either side of an axis."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, Self, SupportsFloat

from widgets.format import GLYPHS_UNICODE, Glyphs

BRAILLE = 0x2800
# Unicode numbers the dots of a cell down the left column, then the right one; the lowest pair came later.
BRAILLE_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
TREND_WIDTH = 8
"""Cells of a sparkline in a table that is not wide."""
MOST_TREND_WIDTH = 24
"""Cells a sparkline may grow to where there is room."""
DOTS_DOWN = len(BRAILLE_DOTS)
_STROKES = tuple(
    tuple(
        tuple(
            sum(BRAILLE_DOTS[DOTS_DOWN - 1 - level][side] for level in range(bottom, top + 1))
            for top in range(DOTS_DOWN)
        )
        for bottom in range(DOTS_DOWN)
    )
    for side in range(2)
)
"""The dots of a column of a cell from one level up to another, by side: a table of names draws hundreds a second."""
_BRAILLE_SIGNS = " " + "".join(chr(BRAILLE + dots) for dots in range(1, 256))
BETWEEN_LEVELS = 0.5
"""Where a series stands that does not move, as a share of the height."""


class Numbers(Protocol):
    """A list, tuple or range of numbers, or a numpy array of one dimension."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[SupportsFloat]: ...

    def __getitem__(self, index: int, /) -> SupportsFloat: ...


def sparkline(
    values: Numbers, width: int, glyphs: Glyphs = GLYPHS_UNICODE, bounds: tuple[float, float] | None = None
) -> str:
    """A series in `width` cells, oldest at the left and the newest marked, on its own scale unless told otherwise.

    It is a line of dots, two a cell and four levels high, that ends in a knot of four; in ASCII signs of five heights
    that end in a mark. A line keeps clear of the row above, and rows of lines do not grow together as bars do.

    A longer series keeps the last known value of each of so many equal runs, so the last point is always the newest
    figure and never an average of it with older ones. A shorter one stands at the right, a cell a value: blank cells
    at the left say that nothing is known from so far back. A missing value is a blank, never the lowest level; a
    series that does not move stands at middle height.

    Args:
        values: The series, any sequence of numbers, numpy arrays included; NaN and infinities are missing.
        width: Terminal cells to fill.
        glyphs: The signs to draw with; where they have no braille, a cell has one of several heights.
        bounds: The values of the lowest and the highest level; what lies beyond is drawn there. None for the least
            and the largest of the series.
    """
    if width <= 0:
        return ""
    has_dots = glyphs.has_braille and not glyphs.is_ascii
    # The last cell belongs to the newest figure alone, or to its mark.
    columns = 2 * width - 1 if has_dots else width - 1
    sampled = _sampled(values, max(columns, 1), 2 if has_dots else 1)
    shares = _shares(sampled, bounds)
    if not any(share is not None for share in shares):
        return " " * width
    return (_braille_line if has_dots else _line_of_heights)(shares, width, glyphs)


class Sparkline(str):
    """A sparkline as wide as it is usually drawn, which can be drawn anew for another width.

    Args:
        values: The series.
        width: Terminal cells of the text itself.
        glyphs: The signs to draw with.
        has_cell_each: Whether every value has a cell of its own, so that a narrower line goes less far back; otherwise
            every width shows the whole series.
        bounds: The values of the lowest and the highest level; None for the least and the largest of the series.
    """

    __slots__ = ("_draw", "_drawn")
    _draw: Callable[[int], str]
    _drawn: tuple[int, str]

    def __new__(
        cls,
        values: Numbers,
        width: int,
        glyphs: Glyphs,
        *,
        has_cell_each: bool = False,
        bounds: tuple[float, float] | None = None,
    ) -> Self:
        known = [float(value) for value in values]

        def draw(cells: int) -> str:
            return sparkline(known[-cells:] if has_cell_each else known, cells, glyphs, bounds)

        made = super().__new__(cls, draw(width))
        made._draw, made._drawn = draw, (width, str(made))
        return made

    def at(self, width: int) -> str:
        """The line in so many cells; that of the last width asked for is remembered."""
        if self._drawn[0] != width:
            self._drawn = width, self._draw(width)
        return self._drawn[1]


def level_sign(value: float, low: float, high: float, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """One value as a bar of one cell, which never fills it; an em dash where it is missing.

    Args:
        value: What to draw.
        low: The value of the lowest level; lower ones are drawn there, too.
        high: The value of the highest level; higher ones are drawn there, too.
        glyphs: The signs to draw with.
    """
    if not math.isfinite(value):
        return glyphs.missing
    share = (value - low) / (high - low) if high > low else BETWEEN_LEVELS
    return glyphs.levels[_level(share, len(glyphs.levels))]


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


def _sampled(values: Numbers, columns: int, columns_a_cell: int) -> list[float]:
    """A value for each column of dots: of a longer series the newest known of each run, of a shorter one a few."""
    known = [float(value) for value in values]
    is_known = [math.isfinite(value) for value in known]
    if not all(is_known):
        known = [value if is_finite else math.nan for value, is_finite in zip(known, is_known, strict=True)]
    length = len(known)
    if length * columns_a_cell <= columns:
        # A cell each; the newest has the last cell for itself, which is one column here.
        wide = [value for value in known[:-1] for _ in range(columns_a_cell)] + known[-1:]
        return [math.nan] * (columns - len(wide)) + wide
    # What follows each run; a run of no value of its own repeats the one before it.
    ends = [max((column + 1) * length // columns, column * length // columns + 1) for column in range(columns)]
    if all(is_known):
        return [known[end - 1] for end in ends]
    return [_newest_known(known, column * length // columns, end) for column, end in enumerate(ends)]


def _newest_known(values: Sequence[float], first: int, end: int) -> float:
    """The last known value of a run: one that holds any is not missing."""
    for index in range(end - 1, first - 1, -1):
        if not math.isnan(values[index]):
            return values[index]
    return math.nan


def _shares(values: Sequence[float], bounds: tuple[float, float] | None) -> list[float | None]:
    """Each value as a share of the height; half of everything, as the difference of two huge ones may overflow."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return [None] * len(values)
    low, high = bounds or (min(known), max(known))
    half_bottom = low / 2
    span = high / 2 - half_bottom
    if span <= 0:
        return [None if math.isnan(value) else BETWEEN_LEVELS for value in values]
    shares = [None if math.isnan(value) else (value / 2 - half_bottom) / span for value in values]
    if bounds is None:
        return shares
    return [None if share is None else max(0.0, min(share, 1.0)) for share in shares]


def _level(share: float, levels: int) -> int:
    return max(0, min(levels - 1, int(share * levels)))


def _braille_line(shares: Sequence[float | None], width: int, _glyphs: Glyphs) -> str:
    cells = [0] * width
    newest = max(column for column, share in enumerate(shares) if share is not None)
    before: int | None = None
    for column, share in enumerate(shares[: newest - newest % 2]):
        if share is None:
            before = None
            continue
        up = min(int(share * DOTS_DOWN), DOTS_DOWN - 1)
        # A leap is joined, as a line would be, so that the eye can follow it.
        bottom = up if before is None or up <= before else before + 1
        top = up if before is None or up >= before else before - 1
        cells[column // 2] |= _STROKES[column % 2][bottom][top]
        before = up
    cells[newest // 2] = _knot(shares[newest] or 0.0)
    return "".join([_BRAILLE_SIGNS[dots] for dots in cells])


def _knot(share: float) -> int:
    """Four dots: the point's row and the one towards the middle, so that the end of a line is seen without colour."""
    up = _level(share, DOTS_DOWN)
    row = DOTS_DOWN - 1 - up
    beside = row + 1 if up >= DOTS_DOWN // 2 else row - 1
    return sum(sum(BRAILLE_DOTS[line]) for line in (row, beside))


def _line_of_heights(shares: Sequence[float | None], width: int, glyphs: Glyphs) -> str:
    newest = max(column for column, share in enumerate(shares) if share is not None)
    signs = [
        " " if share is None else glyphs.heights[_level(share, len(glyphs.heights))] for share in shares[: newest + 1]
    ]
    return ("".join(signs) + glyphs.newest).ljust(width)[:width]


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
