"""A whole frame as data: taken from the display, marked as old, written to JSON, and drawn again at the next start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING, Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from shortside.sessions import NEW_YORK
from tui.terminal.brush import Brush, TerminalAbilities
from tui.terminal.cells import Line, clusters
from tui.terminal.pens import DEFAULT_PEN, STYLE_ATTRIBUTES, Pen

if TYPE_CHECKING:
    from datetime import datetime

    from tui.terminal.saved_frame import SavedFrames

Row = list[tuple[str, Pen]]
"""A row of the screen as runs of one pen."""
MARK_PEN = Pen(attributes=1 << STYLE_ATTRIBUTES.index("reverse"))


def rows_of(lines: Sequence[Line]) -> list[Row]:
    """The lines of a display as runs."""
    rows = []
    for line in lines:
        cells = zip(line.glyphs, line.pens, strict=True)
        runs = groupby(cells, key=lambda cell: cell[1])
        rows.append([("".join(glyph for glyph, _ in run), pen) for pen, run in runs])
    return rows


def lines_of(rows: Sequence[Row]) -> list[Line]:
    """The runs as lines of a display, cell by cell."""
    lines = []
    for row in rows:
        glyphs: list[str] = []
        pens: list[Pen] = []
        for text, pen in row:
            for cluster, width in clusters(text):
                glyphs += [cluster, ""][:width]
                pens += [pen] * width
        lines.append(Line(glyphs, pens, is_plain=False))
    return lines


def marked(lines: Sequence[Line], words: str) -> list[Line]:
    """The lines with words in reverse at the right end of the last one, where no figure stands."""
    text = f" {words} "
    last = lines[-1]
    # The very last cell is left alone: to write there scrolls some terminals.
    start = len(last.glyphs) - 1 - len(text)
    if start < 0:
        return list(lines)
    glyphs, pens = last.glyphs.copy(), last.pens.copy()
    glyphs[start:-1], pens[start:-1] = list(text), [MARK_PEN] * len(text)
    return [*lines[:-1], Line(glyphs, pens, is_plain=False)]


def paint_of(lines: Sequence[Line]) -> bytes:
    """What draws the lines on a cleared terminal of whichever kind."""
    brush = Brush(TerminalAbilities())
    for row, line in enumerate(lines):
        brush.row(row, Line.filled(len(line.glyphs), " "), line)
    return brush.finish().encode(errors="replace")


def as_json(rows: Sequence[Row]) -> bytes:
    """The rows as text that `from_json` reads."""
    return json.dumps([[[text, *pen] for text, pen in row] for row in rows], ensure_ascii=False).encode()


def from_json(text: bytes) -> list[Row] | None:
    """The rows written by `as_json`, or None when somebody else wrote the text."""
    try:
        rows: Any = json.loads(text)
        return [[(run[0], Pen(int(run[1]), *map(str, run[2:5]))) for run in row] for row in rows]
    except (ValueError, TypeError, IndexError, KeyError):
        return None


def strip_of(row: Row) -> Strip:
    """A row as Textual draws it."""
    return Strip([Segment(text, style_of(pen)) for text, pen in row])


def style_of(pen: Pen) -> Style:
    """The style whose pen this is."""
    if pen == DEFAULT_PEN:
        return Style.null()
    names = {name: True for bit, name in enumerate(STYLE_ATTRIBUTES) if pen.attributes & 1 << bit}
    attributes: dict[str, Any] = names
    return Style(color=_colour(pen.foreground), bgcolor=_colour(pen.background), link=pen.link or None, **attributes)


def _colour(code: str) -> Color | None:
    """The colour of an SGR parameter: `31`, `97`, `48;5;208`, `38;2;16;20;24`."""
    if not code:
        return None
    numbers = [int(number) for number in code.split(";")]
    if len(numbers) == 5:
        return Color.from_rgb(*numbers[2:])
    if len(numbers) == 3:
        return Color.from_ansi(numbers[2])
    bright, plain = divmod(numbers[0] % 10 + (8 if numbers[0] >= 90 else 0), 8)
    return Color.from_ansi(8 * bright + plain)


class PictureKeeper:
    """The newest picture, until it is written.

    Args:
        frames: where it is written.
    """

    def __init__(self, frames: SavedFrames) -> None:
        self._frames = frames
        self._picture: tuple[list[Line], str] | None = None
        self._saving = Lock()

    def take(self, lines: list[Line] | None, moment: datetime) -> None:
        """Remember what the terminal shows; None is nothing.

        Args:
            lines: the shadow of the display.
            moment: when it was seen, in any zone.
        """
        if lines is not None:
            day = moment.astimezone(NEW_YORK)
            self._picture = lines, f"last seen {day.day} {day:%b %H:%M}"

    def save(self) -> str:
        """Write it down, for as long as three keys take; what stood in the way, in words.

        A full disk must not end a monitor: the next start just begins without a picture.
        """
        with self._saving:
            if self._picture is None:
                return ""
            lines = marked(*self._picture)
            size = len(lines[0].glyphs), len(lines)
            try:
                self._frames.save(size, paint_of(lines), as_json(rows_of(lines)))
            except OSError as error:
                return f"the last frame was not kept: {error}"
            return ""
