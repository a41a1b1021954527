"""Writes figures as text of a fixed width in terminal cells, so that a column never moves when its values do.

Every function pads to exactly `width` cells. What does not fit is never cut mid-number: it loses decimals,
then goes up a unit, and as a last resort fills its cells with ``#`` as spreadsheets do. The four absences of
a plain figure look different: missing ``—``, not applicable ``n/a``, stale (a figure with a letter, see
`with_age_letter`), zero ``0``. The module is long because it is a list: one function for each kind of figure.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from typing import Literal

from rich.cells import cell_len, set_cell_size

from shortside.words.plain_text import printable

Align = Literal["left", "right"]


class NoFigure(Enum):
    """Why there is no figure."""

    MISSING = "missing"
    """There is a figure, and it is unknown."""
    NOT_APPLICABLE = "not applicable"
    """There can be no figure: the question does not arise."""


Figure = float | int | NoFigure | None
"""What can be shown as a number; None, NaN and the infinities are missing."""


# Compared by identity: as a part of a cache's key its twenty signs would be hashed for every figure.
@dataclass(frozen=True, eq=False, repr=False, kw_only=True, slots=True)
class Glyphs:
    """The signs a screen is drawn with; each single sign is one terminal cell wide."""

    minus: str
    missing: str
    not_applicable: str
    not_applicable_short: str
    ellipsis: str
    up: str
    down: str
    cursor: str
    sort_ascending: str
    sort_descending: str
    levels: str
    """Bars of one cell, lowest first, that keep well clear of the row above; a space means missing and is none."""
    heights: str
    """Signs that stand at several heights of their cell, lowest first, where a line cannot be drawn of dots."""
    newest: str
    """What stands behind the newest point of such a line."""
    bar_right: str
    """Bars growing rightwards, one to eight eighths of a cell; in ASCII only the whole cell."""
    bar_left: tuple[tuple[float, str], ...]
    """Bars growing leftwards as (fraction of a cell, sign), ascending: Unicode has few of them."""
    bar_line: str
    """A bar as a line that keeps clear of the rows beside it: parts of a cell in even steps, the last one whole."""
    bar_axis: str
    clipped_left: str
    clipped_right: str
    axis_vertical: str
    axis_tick_left: str
    axis_tick_right: str
    axis_horizontal: str
    axis_tick_down: str
    axis_minor: str
    dot: str
    published: str
    """Marks the day a settlement was published, on a time axis."""
    distribution: str
    """Marks the first day without a distribution."""
    split: str
    """Marks the first day after a split."""
    shade: str
    separator: str
    is_ascii: bool
    has_braille: bool = True
    """Whether the font has the signs of eight dots; without them lines are drawn of signs of several heights."""
    has_common_scale: bool = False
    """Whether all sparklines of a column are drawn on one scale, not each on its own."""


GLYPHS_UNICODE = Glyphs(
    minus="−",
    missing="—",
    not_applicable="n/a",
    not_applicable_short="·",
    ellipsis="…",
    up="▲",
    down="▼",
    cursor="▸",
    sort_ascending="▴",
    sort_descending="▾",
    levels="▁▂▃▄▅",
    heights="▁▂▃▄▅",
    newest="◂",
    bar_right="▏▎▍▌▋▊▉█",
    bar_left=((0.125, "▕"), (0.5, "▐"), (1.0, "█")),
    bar_line="╸━",
    bar_axis="│",
    clipped_left="«",
    clipped_right="»",
    axis_vertical="│",
    axis_tick_left="┤",
    axis_tick_right="├",
    axis_horizontal="─",
    axis_tick_down="┬",
    axis_minor="┴",
    dot="●",
    published="◆",
    distribution="D",
    split="S",
    shade="░",
    separator="·",
    is_ascii=False,
)
"""The signs for any terminal with a font of the last twenty years."""

GLYPHS_ASCII = Glyphs(
    minus="-",
    missing="-",
    not_applicable="n/a",
    not_applicable_short=".",
    ellipsis="~",
    up="^",
    down="v",
    cursor=">",
    sort_ascending="^",
    sort_descending="v",
    levels="_.:-=+#",
    heights="_.-*'",
    newest="<",
    bar_right="#",
    bar_left=((1.0, "#"),),
    bar_line="=",
    bar_axis="|",
    clipped_left="<",
    clipped_right=">",
    axis_vertical="|",
    axis_tick_left="+",
    axis_tick_right="+",
    axis_horizontal="-",
    axis_tick_down="+",
    axis_minor="'",
    dot="o",
    published="p",
    distribution="D",
    split="S",
    shade=":",
    separator="|",
    is_ascii=True,
)
"""The signs for terminals, fonts and screen readers that know only ASCII."""

UNITS = ("", "K", "M", "B", "T")
"""The letters of the powers of a thousand, from one to 10^12."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Past three digits of trillions a figure is a mistake, but its size must not be misread.
LARGEST_SCALED = 1e15
PERCENT_BEFORE_UNITS = 1e5
LEAST_AMOUNT = 0.5
"""Dollars or shares below which there is nothing to tell: long sums leave a billionth where nothing was earned."""
MOST_TEXTS_KEPT = 8_192
"""For how many texts the measured width is kept: a few screens full of cells."""


# Most cells of a screen are those of the frame before: to look a text up takes half of what looking at it does.
@lru_cache(maxsize=MOST_TEXTS_KEPT)
def width_of(text: str) -> int:
    """The terminal cells a printable text takes; a CJK character takes two."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, align: Align = "left", glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Text in exactly `width` terminal cells: padded, or cut with an ellipsis.

    Cells are measured, not characters, so wide (CJK) names do not shift a column. Control characters, which
    could move the terminal's cursor, are dropped. Not for numbers: use `fit_figure`.
    """
    if width <= 0:
        return ""
    text = printable(text)
    cells = width_of(text)
    if cells > width:
        return set_cell_size(text, width - 1) + glyphs.ellipsis
    padding = " " * (width - cells)
    return padding + text if align == "right" else text + padding


def fit_figure(text: str, width: int) -> str:
    """A finished number right-aligned in `width` cells, or as many ``#`` where it does not fit."""
    if width <= 0:
        return ""
    return text.rjust(width) if len(text) <= width else "#" * width


def known_figure(value: Figure) -> float | None:
    """The finite number behind a figure, or None where there is none."""
    if value is None or isinstance(value, NoFigure):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def missing_text(value: Figure, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """The text in place of a figure that is not there, right-aligned in `width` cells."""
    if width <= 0:
        return ""
    if value is not NoFigure.NOT_APPLICABLE:
        return glyphs.missing.rjust(width)
    fits = len(glyphs.not_applicable) <= width
    return (glyphs.not_applicable if fits else glyphs.not_applicable_short).rjust(width)


def dollars(
    value: Figure,
    width: int,
    signed: bool = False,
    *,
    unit: str | None = None,
    decimals: int | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> str:
    """US dollars with their unit: ``148.4B``, ``+1.42B``, ``−54.05B``, ``841M``.

    Args:
        value: US dollars.
        width: Cells to fill.
        signed: Whether a gain carries its plus sign; a loss always has its minus.
        unit: One of ``K M B T`` for columns that compare, or None for the unit that suits the value.
        decimals: Digits after the point where they fit, or None for about three significant digits.
        glyphs: The signs to draw with.
    """
    return _scaled(value, width, signed, "", unit, decimals, glyphs)


def in_unit(
    value: Figure,
    width: int,
    unit: str,
    signed: bool = False,
    *,
    decimals: int = 1,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> str:
    """A figure of a column whose title names the unit: ``1,170.4``, ``−403.0``, ``<0.1``, all with the same decimals.

    The points of a column stand below each other, also that of a plain ``0``, which is known to be nothing. What is too
    long loses its commas, then its decimals; then it is written as if no unit were named, with a letter of its own.

    Args:
        value: US dollars or shares; what is below a half is nothing.
        width: Cells to fill.
        unit: What the title names, one of ``K M B T``; empty for the figure as it is, which is then whole.
        signed: Whether what is above zero carries its plus sign.
        decimals: Digits after the point.
        glyphs: The signs to draw with.
    """
    figure = known_figure(value)
    if figure is None:
        return missing_text(value, width, glyphs)
    return _in_unit(figure, width, unit, signed, decimals if unit else 0, glyphs)


@lru_cache(maxsize=4_096)
def _in_unit(figure: float, width: int, unit: str, signed: bool, decimals: int, glyphs: Glyphs) -> str:
    magnitude, places = abs(figure), decimals + 1 if decimals else 0
    if magnitude < LEAST_AMOUNT:
        return ("0" + " " * places).rjust(width) if places < width else "0".rjust(width)
    scaled = magnitude / 1000 ** UNITS.index(unit)
    least = 10.0**-decimals
    if not _has_size(f"{scaled:.{decimals}f}"):
        texts = [f"<{least:.{decimals}f}"]
    elif magnitude < LARGEST_SCALED:
        texts = [f"{scaled:,.{decimals}f}", *(f"{scaled:.{fewer}f}" for fewer in range(decimals, -1, -1))]
    else:
        texts = []
    sign = glyphs.minus if figure < 0 else "+" if signed else ""
    # Without decimals a half would round to a zero that claims to be one.
    fitting = (text for text in texts if len(sign + text) <= width and _has_size(text))
    text = next(fitting, None)
    if text is not None:
        return (sign + text).rjust(width)
    other = _scaled_known(figure, width, signed, "", None, None, glyphs)
    return other if _has_size(other) else "#" * width


def money(value: Figure, glyphs: Glyphs = GLYPHS_UNICODE, *, signed: bool = True) -> str:
    """Dollars in words or a sum, as short as they are: `+8.76B`."""
    return dollars(value, 9, signed, glyphs=glyphs).strip()


def shares(value: Figure, width: int, signed: bool = False, *, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A number of shares with its unit: ``12.3M``."""
    return _scaled(value, width, signed, "", None, None, glyphs)


def count(value: Figure, width: int, signed: bool = False, *, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A whole number with its thousands set apart, ``6,771``, or with a unit where that does not fit."""
    number = known_figure(value)
    if number is None:
        return missing_text(value, width, glyphs)
    if abs(number) < LARGEST_SCALED:
        for text in (f"{abs(number):,.0f}", f"{abs(number):.0f}"):
            if len(finished := _with_sign(text, number, signed, glyphs)) <= width:
                return finished.rjust(width)
    return _scaled(value, width, signed, "", None, None, glyphs)


def percent(
    ratio: Figure,
    width: int,
    signed: bool = True,
    *,
    decimals: int = 1,
    mark: str = "%",
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> str:
    """A ratio (a fraction of one) in per cent: −0.364 is ``−36.4%``.

    `mark` may be empty where the column's title already says per cent.
    """
    number = known_figure(ratio)
    if number is None:
        return missing_text(ratio, width, glyphs)
    # The product of a ratio near the largest float is infinite, which is no longer a figure.
    hundreds = number * 100 if math.isfinite(number * 100) else number
    if abs(hundreds) < PERCENT_BEFORE_UNITS:
        for places in range(decimals, -1, -1):
            text = _with_sign(f"{abs(hundreds):.{places}f}", hundreds, signed, glyphs) + mark
            if len(text) <= width:
                return text.rjust(width)
    return _scaled(hundreds, width, signed, mark, None, None, glyphs)


def number(
    value: Figure,
    width: int,
    signed: bool = False,
    *,
    decimals: int = 0,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> str:
    """A plain number, a score or a band's half-width, with as many of its decimals as fit."""
    figure = known_figure(value)
    if figure is None:
        return missing_text(value, width, glyphs)
    if abs(figure) < LARGEST_SCALED:
        for places in range(decimals, -1, -1):
            text = _with_sign(f"{abs(figure):.{places}f}", figure, signed, glyphs)
            if len(text) <= width:
                return text.rjust(width)
    return _scaled(value, width, signed, "", None, None, glyphs)


def price(value: Figure, width: int, *, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """US dollars per share, to the cent where that fits."""
    return number(value, width, decimals=2, glyphs=glyphs)


def days(value: Figure, width: int, *, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A number of days, as days to cover: ``0.7``, ``11.9``, ``123``, and ``>999`` for more."""
    if isinstance(value, float) and value == math.inf:
        figure: float | None = math.inf
    else:
        figure = known_figure(value)
    if figure is None:
        return missing_text(value, width, glyphs)
    if figure < 999.5:
        for places in (1, 0) if abs(figure) < 99.95 else (0,):
            text = _with_sign(f"{abs(figure):.{places}f}", figure, False, glyphs)
            if len(text) <= width:
                return text.rjust(width)
    if figure > 0 and width > 1:
        return (">" + "9" * min(3, width - 1)).rjust(width)
    return "#" * max(width, 0)


def short_date(
    day: date | NoFigure | None, width: int, *, reference: date | None = None, glyphs: Glyphs = GLYPHS_UNICODE
) -> str:
    """A day as ``7 Sep``, right-aligned; ``30 Dec 22`` where its year is not that of `reference`.

    The year is the first to go where the width is small. pandas' NaT is missing.
    """
    # NaT calls itself a datetime; only it differs from itself.
    if day is None or isinstance(day, NoFigure) or day != day:
        return missing_text(day if isinstance(day, NoFigure) else None, width, glyphs)
    short = f"{day.day} {MONTHS[day.month - 1]}"
    full = f"{short} {day.year % 100:02d}"
    other_year = reference is not None and day.year != reference.year
    return fit_figure(full if other_year and len(full) <= width else short, width)


def full_date(day: date | None) -> str | None:
    """A day with its year, ``7 Sep 2023``, whatever the machine's language; None where it is not known."""
    return None if day is None else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def latency_words(seconds: float | None) -> str | None:
    """How long a request took: `84 ms`, `2.1 s`."""
    if seconds is None:
        return None
    return f"{seconds * 1_000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def latency_text(seconds: float | None, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """How long a request took, right-aligned in a column."""
    text = latency_words(seconds)
    if text is None:
        return missing_text(None, width, glyphs)
    return text.rjust(width) if len(text) <= width else fit_figure(text, width)


def age(value: timedelta | Figure, width: int, *, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """How long ago, from a duration or seconds: ``12s``, ``4m``, ``3h``, ``2d``, whole units rounded down.

    A moment still to come, as clocks of two machines may disagree, is ``0s`` ago.
    """
    seconds = known_figure(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds is None:
        return missing_text(None if isinstance(value, timedelta) else value, width, glyphs)
    seconds = max(seconds, 0.0)
    if seconds < 60:
        text = f"{int(seconds)}s"
    elif seconds < 3_600:
        text = f"{int(seconds // 60)}m"
    elif seconds < 86_400:
        text = f"{int(seconds // 3_600)}h"
    elif seconds < 1_000 * 86_400:
        text = f"{int(seconds // 86_400)}d"
    else:
        text = ">999d"
    return fit_figure(text, width)


def with_age_letter(text: str, letter: str, width: int | None = None) -> str:
    """A finished figure with the letter that says why it is old, in the same width.

    The letter takes a cell of the padding; a figure that fills its cells keeps them all, and only its style
    and the panel's border say that it is old. Give figures that can go stale one cell more than they need.
    """
    cells = cell_len(text) if width is None else width
    marked = text.strip() + letter
    return fit_figure(marked if cell_len(marked) <= cells else text.strip(), cells)


def direction(value: Figure, *, dead_band: float = 0.0, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """One cell: ``▲`` above zero, ``▼`` below, a space at zero, within ±`dead_band` or unknown."""
    figure = known_figure(value)
    if figure is None or abs(figure) <= dead_band:
        return " "
    return glyphs.up if figure > 0 else glyphs.down


def _has_size(text: str) -> bool:
    """Whether a number's digits are not all zeros."""
    return any("1" <= digit <= "9" for digit in text)


def _with_sign(text: str, number: float, signed: bool, glyphs: Glyphs) -> str:
    # What rounds to zero has no direction: "−0.0" would claim one.
    if not _has_size(text):
        return text
    if number < 0:
        return glyphs.minus + text
    return "+" + text if signed else text


def _usual_decimals(scaled: float, position: int) -> int:
    """About three significant digits; four where a hundred millions matter."""
    if position == 0:
        return 0
    if position >= UNITS.index("B"):
        return 2 if scaled < 99.995 else 1
    if scaled < 9.995:
        return 2
    return 1 if scaled < 99.95 else 0


def _candidates(magnitude: float, unit: str | None, decimals: int | None) -> Iterator[str]:
    """Ways to write a magnitude, best first: all decimals, fewer, then the next units."""
    if unit is not None:
        first = UNITS.index(unit)
    else:
        first = 0
        while first < len(UNITS) - 1 and magnitude / 1000**first >= 999.5:
            first += 1
    for position in range(first, len(UNITS)):
        scaled = magnitude / 1000**position
        places = decimals if decimals is not None else _usual_decimals(scaled, position)
        if position > first:
            # Only within a tenth of the truth: 600M may be 0.6B but not 1B.
            yield from (
                text + UNITS[position]
                for text in (f"{scaled:.2f}", f"{scaled:.1f}", f"{scaled:.0f}")
                if abs(float(text) - scaled) <= scaled / 10
            )
            continue
        for count_of_places in range(places, -1, -1):
            yield f"{scaled:.{count_of_places}f}{UNITS[position]}"


def _scientific(magnitude: float) -> str:
    mantissa, exponent = f"{magnitude:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"


@lru_cache(maxsize=4_096)
def _scaled_known(
    number: float, width: int, signed: bool, mark: str, unit: str | None, decimals: int | None, glyphs: Glyphs
) -> str:
    magnitude = abs(number)
    texts = iter([_scientific(magnitude)])
    if magnitude < LARGEST_SCALED * 0.9995:
        texts = _candidates(magnitude, unit, decimals)
    for text in texts:
        finished = _with_sign(text, number, signed, glyphs) + mark
        if len(finished) <= width:
            return finished.rjust(width)
    return "#" * max(width, 0)


def _scaled(
    value: Figure,
    width: int,
    signed: bool,
    mark: str,
    unit: str | None,
    decimals: int | None,
    glyphs: Glyphs,
) -> str:
    figure = known_figure(value)
    if figure is None:
        return missing_text(value, width, glyphs)
    return _scaled_known(figure, width, signed, mark, unit, decimals, glyphs)
