"""Turns a whole frame into JSON and back, so that the next start can show it, marked as old."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.strip import Strip

from tui.terminal.brush import Brush, TerminalAbilities
from tui.terminal.cells import Line, clusters
from tui.terminal.pens import STYLE_ATTRIBUTES, Pen, style_of

if TYPE_CHECKING:
    from datetime import datetime

    from tui.terminal.saved_frame import SavedFrames

Row = list[tuple[str, Pen]]
"""A row of the screen as runs of one pen."""
MARK_PEN = Pen(attributes=1 << STYLE_ATTRIBUTES.index("reverse"))


def frame_rows(lines: Sequence[Line]) -> list[Row]:
    """The lines of a display as rows of runs."""
    rows = []
    for line in lines:
        cells = zip(line.glyphs, line.pens, strict=True)
        runs = groupby(cells, key=lambda cell: cell[1])
        rows.append([("".join(glyph for glyph, _ in run), pen) for pen, run in runs])
    return rows


def frame_lines(rows: Sequence[Row]) -> list[Line]:
    """The rows of runs as lines of a display, cell by cell."""
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


def with_mark(lines: Sequence[Line], words: str) -> list[Line]:
    """The lines with a note, in reverse, at the right end of the last one, where no figure stands."""
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
    """The sequences that draw the lines on a cleared terminal of any kind."""
    brush = Brush(TerminalAbilities())
    for row, line in enumerate(lines):
        brush.row(row, Line.filled(len(line.glyphs), " "), line)
    return brush.finish().encode(errors="replace")


def json_of_rows(rows: Sequence[Row]) -> bytes:
    """The rows as text that `rows_of_json` reads."""
    return json.dumps([[[text, *pen] for text, pen in row] for row in rows], ensure_ascii=False).encode()


def rows_of_json(text: bytes) -> list[Row] | None:
    """The rows written by `json_of_rows`, or None when somebody else wrote the text."""
    try:
        rows: Any = json.loads(text)
        return [[(run[0], Pen(int(run[1]), *map(str, run[2:5]))) for run in row] for row in rows]
    except (ValueError, TypeError, IndexError, KeyError):
        return None


def strip_of(row: Row) -> Strip:
    """A row of runs as a strip that Textual draws."""
    return Strip([Segment(text, style_of(pen)) for text, pen in row])


class FrameKeeper:
    """Keeps the newest frame until it is written for the next start.

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
            # Imported late: the frame of last time is read before the first paint, which must not wait for it.
            from widgets.moments import moment_wordings

            self._picture = lines, f"last seen {moment_wordings(moment)[0]}"

    def save(self) -> str:
        """Write the newest frame; returns in words why it could not be written, empty if it was.

        A full disk must not end a monitor: the next start just begins without a picture.
        """
        with self._saving:
            if self._picture is None:
                return ""
            lines = with_mark(*self._picture)
            size = len(lines[0].glyphs), len(lines)
            try:
                self._frames.save(size, paint_of(lines), json_of_rows(frame_rows(lines)))
            except OSError as error:
                return f"the last frame was not kept: {error}"
            return ""
