"""Lines of styled text: what fits on one, and which cells of it have to be painted anew."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from textual.geometry import Region

from shortside.words.plain_text import printable
from widgets.format import Glyphs, fit, width_of

Run = tuple[str, str]
"""A piece of text and the name of its style, one of `STYLE_NAMES`."""
Line = list[Run]
Piece = Sequence[Run]
"""Runs of a line that are shown together, or not at all."""

STYLE_NAMES = (
    "plain",
    "muted",
    "accent",
    "gain",
    "loss",
    "warning",
    "stale",
    "estimate",
    "header",
    "title",
    "total",
    "shade",
)
"""The styles of a run. No meaning rests on the style alone: a sign, an arrow or a letter says it too."""
MOVED = "moved "
"""What the name of a style begins with where the figure has just moved."""


class Patch(NamedTuple):
    """Runs of text to be shown on a line of a widget's content."""

    y: int
    x: int
    runs: Sequence[Run]
    is_cursor: bool = False
    """Whether they have the cursor's background."""

    @property
    def region(self) -> Region:
        """The cells that the runs take, in the widget's content."""
        return Region(self.x, self.y, sum(width_of(text) for text, _ in self.runs), 1)


def changed_regions(old: Sequence[Run], new: Sequence[Run], y: int, width: int) -> list[Region]:
    """Where line `y` of a widget `width` cells wide must be repainted to show `new` instead of `old`.

    Runs at the same place are compared one by one, neighbours that changed make one region, and where the
    lengths of runs differ the rest of the line is compared as a whole.
    """
    spans: list[tuple[int, int]] = []
    x = 0
    for before, after in zip(old, new, strict=False):
        cells = width_of(after[0])
        if before != after:
            if width_of(before[0]) != cells:
                return _as_regions([*spans, (x, width)], y, width)
            spans.append((x, x + cells))
        x += cells
    if len(old) != len(new):
        spans.append((x, width))
    return _as_regions(spans, y, width)


def _as_regions(spans: Iterable[tuple[int, int]], y: int, width: int) -> list[Region]:
    merged: list[tuple[int, int]] = []
    for first, after in spans:
        if merged and merged[-1][1] >= first:
            merged[-1] = (merged[-1][0], after)
        else:
            merged.append((first, after))
    return [Region(first, y, min(after, width) - first, 1) for first, after in merged if first < width]


def patches_of(line: Sequence[Run], regions: Iterable[Region]) -> list[Patch]:
    """The runs of a line in each of its regions, which begin and end where runs do, as `changed_regions` has it."""
    begins = list(accumulate([width_of(text) for text, _ in line], initial=0))
    return [
        Patch(region.y, region.x, line[bisect_left(begins, region.x) : bisect_left(begins, region.x + region.width)])
        for region in regions
    ]


def fit_line(line: Sequence[Run], width: int, glyphs: Glyphs) -> Line:
    """A line in exactly `width` cells; a run with digits that does not fit is left out whole, never cut."""
    fitted: Line = []
    room = width
    for given, style in line:
        text = printable(given)
        cells = width_of(text)
        if cells > room:
            if room > 0:
                has_digits = any(sign.isdigit() for sign in text)
                fitted.append((fit(glyphs.ellipsis if has_digits else text, room, glyphs=glyphs), style))
            return fitted
        fitted.append((text, style))
        room -= cells
    if room > 0:
        fitted.append((" " * room, "plain"))
    return fitted


def fit_pieces(pieces: Sequence[Piece], width: int, glyphs: Glyphs) -> Line:
    """As many pieces of a line as have room in `width` cells, from the first on; none is cut."""
    line: Line = []
    used = 0
    for piece in pieces:
        cells = sum(width_of(text) for text, _ in piece)
        if used + cells > width:
            break
        line += piece
        used += cells
    return fit_line(line, width, glyphs)
