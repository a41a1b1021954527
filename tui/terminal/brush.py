"""Writes the difference between two lines in the fewest bytes the terminal understands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from tui.terminal.cells import UNKNOWN, Line, is_doubtful
from tui.terminal.pens import DEFAULT_PEN, SEEN_ON_A_BLANK, Pen, pen_change

ERASING_FAMILIES = frozenset((
    "xterm", "linux", "rxvt", "alacritty", "foot", "kitty", "wezterm", "konsole", "gnome", "vte", "st",
    "ghostty", "iterm2",
))  # fmt: skip
"""First words of `TERM` whose terminfo has `bce`, `csr`, `ind` and `ri`."""


SCROLLING_FAMILIES = frozenset(("screen", "tmux", "vt100", "vt102", "vt220", "vt320", "vt420"))
"""First words of `TERM` whose terminfo has `csr`, `ind` and `ri`, but not `bce`."""


class TerminalAbilities(NamedTuple):
    """Which sequences beyond printing, moving and colouring a terminal is known to understand."""

    scrolls_regions: bool = False
    """It has DECSTBM margins, and IND and RI move the rows between them."""
    erases_in_colour: bool = False
    """Erased cells take the current background (back colour erase) rather than the default one."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> TerminalAbilities:
        """What `TERM` promises, by family: the terminfo files are not on every machine.

        Inside screen or tmux, `TERM` is often exported wrongly, so their own variables count too.
        """
        family = re.split(r"[-.+]", environment.get("TERM", ""))[0]
        is_multiplexed = bool(environment.get("STY") or environment.get("TMUX"))
        return cls(
            scrolls_regions=family in ERASING_FAMILIES | SCROLLING_FAMILIES,
            erases_in_colour=family in ERASING_FAMILIES and not is_multiplexed,
        )


NO_ABILITIES = TerminalAbilities()
"""The abilities of every terminal: printing, moving and colouring."""


class Brush:
    """Writes cells with the fewest bytes it can, remembering where the cursor is and what pen it holds."""

    def __init__(self, abilities: TerminalAbilities) -> None:
        self.written: list[str] = []
        self._abilities = abilities
        self._pen = DEFAULT_PEN
        self._row = self._column = -1
        """Where the cursor is; -1 when it cannot be known, as after the last column of a row."""

    def finish(self) -> str:
        """All that was written, ending with the default pen, which whoever writes next relies on."""
        if self.written:
            self._hold(DEFAULT_PEN)
        return "".join(self.written)

    def scroll(self, top: int, bottom: int, rows: int) -> None:
        """Move the rows from top to bottom (both included) up, or down when rows is negative."""
        self._hold(DEFAULT_PEN)
        start = f"\x1b[{bottom + 1}H" + "\n" * rows if rows > 0 else f"\x1b[{top + 1}H" + "\x1bM" * -rows
        # Resetting the margins should put the cursor home, but not every emulator does.
        self.written.append(f"\x1b[{top + 1};{bottom + 1}r{start}\x1b[r")
        self._row = self._column = -1

    def row(self, row: int, before: Line | None, after: Line) -> None:
        """Write the cells of a row that differ from what was there; None when that is unknown."""
        columns = _changed_columns(before, after)
        if not columns:
            return
        blank_from = self._erasable_from(after)
        position = 0
        while position < len(columns):
            column = columns[position]
            if column >= blank_from and len(columns) - position > 3:
                self._move(row, column, after)
                self._hold_for(after, column)
                self.written.append("\x1b[K")
                return
            if after.is_plain:
                position = self._run(row, columns, position, blank_from, after)
                continue
            width = 2 if after.glyphs[column + 1 : column + 2] == [""] else 1
            self._glyph(row, column, width, after)
            while position < len(columns) and columns[position] < column + width:
                position += 1

    def _run(self, row: int, columns: list[int], position: int, blank_from: int, line: Line) -> int:
        """Write neighbouring cells that one pen suits at once; returns the position after them.

        A full repaint spends its time here, so the tests that matter come first.
        """
        first = after = columns[position]
        self._move(row, first, line)
        self._hold_for(line, first)
        pen, pens, count = self._pen, line.pens, len(columns)
        while position < count and columns[position] == after:
            if after > first and (after >= blank_from or not (pens[after] is pen or _suits(pen, line, after))):
                break
            after += 1
            position += 1
        self.written.append("".join(line.glyphs[first:after]))
        self._column = after if after < len(line.glyphs) else -1
        return position

    def _erasable_from(self, line: Line) -> int:
        """The column from which "erase to the end of the line" does the same as writing blanks."""
        pen, column = line.pens[-1], len(line.glyphs)
        is_bare = line.glyphs[-1] == " " and not pen.attributes and not pen.link
        if is_bare and (self._abilities.erases_in_colour or not pen.background):
            while column and line.glyphs[column - 1] == " " and line.pens[column - 1] == pen:
                column -= 1
        return column

    def _glyph(self, row: int, column: int, width: int, line: Line) -> None:
        self._move(row, column, line)
        self._hold_for(line, column)
        glyph = line.glyphs[column]
        if column >= line.doubtful_from and is_doubtful(glyph):
            # A terminal that thinks it narrower would leave an old glyph in the second cell: blank both.
            if width == 2:
                self.written.append("  ")
                self._column = -1
                self._move(row, column, line)
            self.written.append(glyph)
            self._column = -1
            return
        self.written.append(glyph)
        self._column = column + width if column + width < len(line.glyphs) else -1

    def _hold(self, pen: Pen) -> None:
        if pen != self._pen:
            self.written.append(pen_change(self._pen, pen))
            self._pen = pen

    def _hold_for(self, line: Line, column: int) -> None:
        """Take the cell's pen. A blank only needs a background, so take the pen of the glyph to come."""
        if _suits(self._pen, line, column):
            return
        ahead, width = column + 1, len(line.glyphs)
        if line.glyphs[column] == " ":
            while ahead < width and line.glyphs[ahead] == " " and line.pens[ahead] == line.pens[column]:
                ahead += 1
            if ahead < width and _suits(line.pens[ahead], line, column):
                self._hold(line.pens[ahead])
                return
        self._hold(line.pens[column])

    def _move(self, row: int, column: int, line: Line) -> None:
        """Bring the cursor to a cell by the cheapest way."""
        if (row, column) == (self._row, self._column):
            return
        ways = ["\x1b[" + (f"{row + 1}" if row else "") + (f";{column + 1}" if column else "") + "H"]
        gap = column - self._column
        if self._column >= 0 and row == self._row and gap > 0:
            ways.append("\x1b[C" if gap == 1 else f"\x1b[{gap}C")
            if gap <= 8 and self._writes_through(line, column):
                ways.append("".join(line.glyphs[self._column : column]))
        elif self._column >= 0 and 0 < row - self._row <= 2:
            # The tty turns each LF into CR LF, hence three bytes a row.
            ways.append("\r\n" * (row - self._row) + (f"\x1b[{column}C" if column else ""))
        self.written.append(min(ways, key=lambda way: len(way.encode()) + way.count("\n")))
        self._row, self._column = row, column

    def _writes_through(self, line: Line, target: int) -> bool:
        """Whether the cells up to the target can be rewritten as they are with the pen in hand."""
        cells = range(self._column, target)
        return (
            target <= line.doubtful_from
            and all(line.glyphs[column] not in ("", UNKNOWN) and _suits(self._pen, line, column) for column in cells)
            and line.glyphs[target - 1 : target + 1].count("") == 0
        )


def _suits(pen: Pen, line: Line, column: int) -> bool:
    """Whether a cell looks right when written with this pen."""
    wanted = line.pens[column]
    if pen == wanted:
        return True
    return (
        line.glyphs[column] == " "
        and pen.background == wanted.background
        and not (pen.attributes | wanted.attributes) & SEEN_ON_A_BLANK
        and not pen.link
        and not wanted.link
    )


def _changed_columns(before: Line | None, after: Line) -> list[int]:
    width = len(after.glyphs)
    if before is None:
        return [column for column in range(width) if after.glyphs[column] != UNKNOWN]
    if before.glyphs == after.glyphs and before.pens == after.pens:
        return []
    rows = zip(range(width), before.glyphs, after.glyphs, before.pens, after.pens, strict=True)
    columns = [x for x, was, now, old, new in rows if (was != now or (old is not new and old != new))]
    doubtful_from = min(before.doubtful_from, after.doubtful_from)
    if columns and columns[-1] >= doubtful_from:
        if after.glyphs[doubtful_from] == "":
            doubtful_from -= 1
        columns = [x for x in columns if x < doubtful_from] + list(range(doubtful_from, width))
    return [x for x in columns if after.glyphs[x] != UNKNOWN]
