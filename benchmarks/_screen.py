"""What a terminal shows after some bytes, which cells another screen changes, and the fewest bytes that would do it."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

import pyte

UNREAD = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\??[0-9;]*\$[a-z]|\x1b[\]P].*?(?:\x07|\x1b\\)", re.S)
UNFINISHED = re.compile(r"\x1b(?:[\[\]P][^a-zA-Z\x07]{0,40})?$")


class Cell(NamedTuple):
    """What an eye sees of a cell."""

    glyph: str
    foreground: str
    background: str
    attributes: tuple[bool, ...]


Rows = list[list[Cell]]


class Emulator:
    """A terminal of a size in cells."""

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> None:
        """Show what a program wrote; a sequence may be cut in two between calls."""
        text = self._rest + self._decoder.decode(data)
        cut = UNFINISHED.search(text[-64:])
        split = len(text) - len(cut.group()) if cut else len(text)
        text, self._rest = text[:split], text[split:]
        self._stream.feed(UNREAD.sub("", text))

    def text(self) -> str:
        """The text of the screen."""
        return "\n".join(self._screen.display)

    def rows(self, first: int = 0, after: int | None = None) -> Rows:
        """The cells of some columns, by row."""
        columns = range(first, after or self._screen.columns)
        buffer = self._screen.buffer
        return [[_cell(buffer[row][column]) for column in columns] for row in range(self._screen.lines)]


def _cell(seen: pyte.screens.Char) -> Cell:
    if seen.data == " " and not (seen.reverse or seen.underscore):
        return Cell(" ", "default", seen.bg, ())
    return Cell(seen.data, seen.fg, seen.bg, (seen.bold, seen.reverse, seen.italics, seen.underscore))


def changed(before: Rows, after: Rows) -> int:
    """How many cells differ."""
    return sum(
        old != new for olds, news in zip(before, after, strict=True) for old, new in zip(olds, news, strict=True)
    )


def least_bytes(before: Rows, after: Rows) -> int:
    """What a plain differ would send: the changed cells only, the cheapest move to each, and the change of colour.

    It knows no scrolling and keeps each cell's own colours, so a clever program can do better; few do.
    """
    total, pen, at = 0, Cell("", "default", "default", ()), (0, 0)
    for row, (olds, news) in enumerate(zip(before, after, strict=True)):
        for column, (old, new) in enumerate(zip(olds, news, strict=True)):
            if old == new:
                continue
            if at != (row, column):
                jump = len(f"\x1b[{row + 1};{column + 1}H")
                gap = column - at[1]
                total += min(jump, len(f"\x1b[{gap}C"), gap) if at[0] == row and gap > 0 else jump
            if new[1:] != pen[1:]:
                total += _colours(pen, new)
                pen = new
            total += len(new.glyph.encode())
            at = row, column + 1
    return total


def _colours(pen: Cell, new: Cell) -> int:
    codes = [_code(new.foreground)] if new.foreground != pen.foreground else []
    codes += [_code(new.background)] if new.background != pen.background else []
    codes += ["1"] if new.attributes != pen.attributes else []
    return len("\x1b[" + ";".join(codes) + "m")


def _code(colour: str) -> str:
    """About what a colour takes: `39`, `31`, or three numbers."""
    if colour == "default" or not re.fullmatch("[0-9a-f]{6}", colour):
        return "39"
    return "38;2;" + ";".join(str(int(colour[place : place + 2], 16)) for place in (0, 2, 4))
