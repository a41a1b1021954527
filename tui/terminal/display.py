"""Sends the terminal only the cells that differ from what it already shows.

Textual 8.2 repaints every region that was refreshed, each run of text inside its own colour and reset:
94 kB before a 120x40 screen settles, 24 kB for one scrolled row. `DifferentialDisplay` catches each frame,
keeps what it should look like beside what the terminal shows, and writes the difference.

The file is longer than 400 lines because it is the one place that leans on Textual's private parts
(`App._display`, the compositor's two updates): whoever upgrades Textual reads one file. In order: the palette
(which pen draws a style), clusters (what a cell holds), lines, the brush (how a change is written), the shadow
(what is wanted, what is shown), and the mixin.

What makes it safe:

- The shadow is forgotten whenever the terminal may have changed by itself: resize, suspend and resume, a
  new writer thread (the alternate screen was entered again), a renderable that is no compositor update.
- A cluster whose width terminals disagree on (emoji, combining marks, joiners) is followed by an absolute
  cursor move, and its line is rewritten from there to the end. CJK is trusted to be two cells, and never cut
  in half.
- A hardware scroll is only a guess about cost. The shadow is scrolled alike and then compared, so a bad
  guess costs bytes, never a wrong cell. Whole rows move inside DECSTBM margins by line feeds and RI, as on a
  VT100; panels beside the moving one are repaired, or, when that costs more, nothing is scrolled.
- Erasing with a coloured background needs "back colour erase"; `screen` and `tmux` do not promise it.
- Anything raised in here switches the differ off for the session and leaves the work to Textual.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import ne
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import textual
from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import Compositor
from textual.app import ScreenStackError
from textual.filter import LineFilter

from tui.terminal.colour_math import nearest_of_256
from tui.terminal.compositor import LeanCompositor
from tui.terminal.direct_painter import DirectPainter
from tui.terminal.pens import DEFAULT_PEN, ITALIC, SEEN_ON_A_BLANK, STYLE_ATTRIBUTES, Pen, pen_change, style_of

if TYPE_CHECKING:
    from textual.app import App
    from textual.color import Color as Background
    from textual.screen import Screen
    from textual.strip import Strip
    from textual.theme import Theme

    from tui.terminal.few_colours import FewColours

    AnyApp = App[Any]
else:
    AnyApp = object

TESTED_TEXTUAL = "8.2."
"""The Textual series the screens were compared with; any other falls back to Textual's own display."""

PRIVATE_PARTS = ("_display", "_batch_count", "_running", "_closed", "_sync_available", "_driver")
"""What we use of `App` without a promise that it stays."""

MOST_WAITING = 8
"""Frames on their way to the terminal; while there are more, only the newest state is kept."""
STALLED_SECONDS = 0.05
HURRY_SECONDS = 0.1
"""How long after a key its frames may come: the panel and the screen behind it are drawn one after the other."""

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"

# ---- the palette

Runs = tuple[tuple[str, Style | None], ...]
"""Text and style of each run of a strip; what Textual calls its segments."""


def runs_of(strip: Strip) -> Runs:
    """A strip's runs, without what else Textual's segments carry."""
    return tuple([segment[:2] for segment in strip])


class Palette:
    """The pen for each Rich style, in as many colours as the terminal has.

    Args:
        colours: `truecolor`, `256`, `standard` for sixteen, `8`, or None for no colour.
        signs: other signs for some, as for `str.translate`; each as wide as the one it stands for.
        has_italics: whether italic text is slanted.
    """

    def __init__(self, colours: str | None, signs: dict[int, str] | None = None, has_italics: bool = True) -> None:
        self._colours = colours
        self._few_colours = few_colours_of(colours)
        self._lacks = 0 if has_italics else ITALIC
        self.signs = signs
        self._known: dict[Pen, Pen] = {}
        """One object for equal pens, so that most comparisons end at the first glance."""
        self._cells: dict[Runs, Cells] = {}
        self._pens: dict[Style | None, tuple[Pen, Pen]] = {None: (DEFAULT_PEN, DEFAULT_PEN)}

    def pens(self, style: Style | None) -> tuple[Pen, Pen]:
        """The pen for glyphs, and the one for blanks, where a foreground cannot be seen."""
        pens = self._pens.get(style)
        if pens is None:
            # Selectable widgets give every line its own style, so the table would grow with the rows seen.
            if len(self._pens) > 4096:
                self._pens, self._known = {None: self._pens[None]}, {}
            pen, blank = self._mix(style or Style.null())
            pens = self._known.setdefault(pen, pen), self._known.setdefault(blank, blank)
            self._pens[style] = pens
        return pens

    def cells(self, runs: Runs) -> Cells:
        """The cells of a strip's runs, which are kept: a scrolled row comes back as equal runs elsewhere."""
        if len(runs) == 1:
            # A price that ticked is hardly ever drawn twice.
            return _cells(runs, self)
        cells = self._cells.get(runs)
        if cells is None:
            if len(self._cells) > 1024:
                self._cells = {}
            cells = self._cells[runs] = _cells(runs, self)
        return cells

    def wear(self, theme: Theme, variables: Mapping[str, str]) -> None:
        """Draw another theme from now on: equal colours may be those of other roles."""
        self._few_colours = few_colours_of(self._colours, theme, variables)
        self._known, self._cells, self._pens = {}, {}, {None: self._pens[None]}

    def _mix(self, style: Style) -> tuple[Pen, Pen]:
        attributes = sum(1 << bit for bit, name in enumerate(STYLE_ATTRIBUTES) if getattr(style, name))
        attributes &= ~self._lacks
        link = style.link if style.link and style.link.isprintable() else ""
        if self._few_colours is not None:
            pen = self._few_colours.pen(style.color, style.bgcolor, attributes, link)
        else:
            pen = Pen(attributes, self._code(style.color, True), self._code(style.bgcolor, False), link)
        return pen, pen if pen.attributes & SEEN_ON_A_BLANK or link else Pen(background=pen.background)

    def _code(self, colour: Color | None, is_foreground: bool) -> str:
        if colour is None or colour.is_default or self._colours is None:
            return ""
        if self._colours == "256" and colour.triplet is not None:
            return f"{38 if is_foreground else 48};5;{nearest_of_256(colour.triplet)}"
        return ";".join(colour.get_ansi_codes(is_foreground))


def few_colours_of(
    colours: str | None, theme: Theme | None = None, variables: Mapping[str, str] = MappingProxyType({})
) -> FewColours | None:
    """What a theme names for a terminal of few colours; None where it has its own."""
    is_ansi = theme is not None and theme.ansi
    if colours in ("truecolor", "256") and not is_ansi:
        return None
    # A theme of the sixteen has no other colours, however many the terminal has.
    colours = "standard" if colours in ("truecolor", "256") else colours
    from tui.terminal.few_colours import FewColours
    from tui.terminal.named_colours import looks_of

    looks = looks_of(theme.name, theme.dark, colours) if theme is not None else looks_of("", True, colours)
    return FewColours(looks, variables, colours)


class PaletteFilter(LineFilter):
    """Has Textual draw with our pens where it draws by itself: its own way with few colours is the nearest one."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def apply(self, segments: list[Segment], background: Background) -> list[Segment]:
        """The segments in the colours that the terminal has."""
        return [
            Segment(text, style and style_of(self._palette.pens(style)[0]) + Style.from_meta(style.meta), control)
            for text, style, control in segments
        ]


# ---- clusters

UNKNOWN = "\0"
"""Stands in a cell we have never been told about."""

# A set is made in a tenth of the time that an expression of the same ranges is compiled in, before the first paint.
ONE_CELL = frozenset(
    chr(code)
    for first, last in (
        (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF),
        (0x2190, 0x22FF), (0x2500, 0x25FC), (0x2800, 0x28FF),
    )
    for code in range(first, last + 1)
)  # fmt: skip
"""Characters of one cell on every terminal; one outside is measured, which is slower but no less right."""
TWO_CELLS = (
    "[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
    "\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003fffd]"
)
CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
JOINER = "\u200d"


@lru_cache(4096)
def clusters(text: str) -> tuple[tuple[str, int], ...]:
    """Text cut where a cursor can stand, each piece with its width in cells.

    Control characters are left out: they would move the cursor behind our back.
    """
    pieces: list[str] = []
    for character in CONTROL.sub("", text):
        if pieces and (not cell_len(character) or pieces[-1].endswith(JOINER)):
            pieces[-1] += character
        else:
            pieces.append(character)
    return tuple((piece, cell_len(piece)) for piece in pieces if cell_len(piece))


@lru_cache(4096)
def is_doubtful(glyph: str) -> bool:
    """Whether terminals disagree on the width of this glyph."""
    return len(glyph) > 1 or (cell_len(glyph) == 2 and not re.match(TWO_CELLS, glyph))


# ---- lines


class Line:
    """One row of cells. The second cell of a wide glyph holds an empty string. Never changed once shown."""

    __slots__ = ("doubtful_from", "glyphs", "is_plain", "pens")

    def __init__(self, glyphs: list[str], pens: list[Pen], is_plain: bool = True) -> None:
        self.glyphs = glyphs
        self.pens = pens
        self.is_plain = is_plain
        self.doubtful_from = len(glyphs)
        """The first column where terminals may disagree with us; the width when there is none."""
        if not is_plain:
            self._mend()

    @classmethod
    def filled(cls, width: int, glyph: str) -> Line:
        """A row of one glyph in the default pen."""
        return cls([glyph] * width, [DEFAULT_PEN] * width)

    def _mend(self) -> None:
        """Turn halves of overwritten wide glyphs into blanks, and find where doubt begins."""
        glyphs, width = self.glyphs, len(self.glyphs)
        for column in range(width):
            glyph = glyphs[column]
            if glyph == "":
                if not column or cell_len(glyphs[column - 1]) != 2:
                    glyphs[column] = " "
            elif not glyph.isascii() and cell_len(glyph) == 2 and glyphs[column + 1 : column + 2] != [""]:
                glyphs[column] = " "
        doubts = (i for i, glyph in enumerate(glyphs) if not glyph.isascii() and is_doubtful(glyph))
        self.doubtful_from = next(doubts, width)
        self.is_plain = self.doubtful_from == width and "" not in glyphs

    def painted(self, parts: Iterable[Part], palette: Palette) -> Line:
        """This line with the parts laid over it, or itself when they change nothing."""
        return self.laid(((start, end, runs_of(strip)) for start, end, strip in parts), palette)

    def laid(self, pieces: Iterable[tuple[int, int, Runs]], palette: Palette) -> Line:
        """This line with runs laid over it between two columns each, or itself when they change nothing."""
        glyphs, pens = self.glyphs.copy(), self.pens.copy()
        is_plain = self.is_plain
        for start, end, runs in pieces:
            cells, room = palette.cells(runs), min(end, len(glyphs)) - start
            if len(cells.glyphs) > room:
                cells = cells.cut(room)
            after = start + len(cells.glyphs)
            glyphs[start:after], pens[start:after] = cells.glyphs, cells.pens
            is_plain = cells.is_plain and is_plain
        if glyphs == self.glyphs and pens == self.pens:
            return self
        return Line(glyphs, pens, is_plain)

    def cost_from(self, other: Line) -> int:
        """About how many cells would have to be written if the terminal showed the other line."""
        if self.glyphs != other.glyphs:
            return sum(map(ne, self.glyphs, other.glyphs))
        return 0 if self.pens == other.pens else sum(map(ne, self.pens, other.pens))


Part = tuple[int, int, "Strip"]
"""First column, column after the last, and what is drawn there."""


class Cells(NamedTuple):
    """A strip, cell by cell."""

    glyphs: list[str]
    pens: list[Pen]
    is_plain: bool
    """Whether every character takes one cell."""

    def cut(self, width: int) -> Cells:
        """The first cells; a wide glyph that lies across the edge leaves a blank, as in Textual."""
        glyphs, pens = self.glyphs[: max(0, width)], self.pens[: max(0, width)]
        if glyphs and self.glyphs[width] == "":
            glyphs[-1] = " "
        return Cells(glyphs, pens, self.is_plain)


def _cells(runs: Runs, palette: Palette) -> Cells:
    glyphs: list[str] = []
    pens: list[Pen] = []
    is_plain = True
    for given, style in runs:
        text = given if palette.signs is None else given.translate(palette.signs)
        pen, blank = palette.pens(style)
        if not ONE_CELL.issuperset(text):
            is_plain = False
            for cluster, width in clusters(text):
                glyphs += [cluster, ""][:width]
                pens += [blank if cluster == " " else pen] * width
        else:
            glyphs += text
            if pen is blank or " " not in text:
                pens += [pen] * len(text)
            else:
                pens += [blank if character == " " else pen for character in text]
    return Cells(glyphs, pens, is_plain)


# ---- the brush


ERASING_FAMILIES = frozenset((
    "xterm", "linux", "rxvt", "alacritty", "foot", "kitty", "wezterm", "konsole", "gnome", "vte", "st",
    "ghostty", "iterm2",
))  # fmt: skip
"""First words of `TERM` whose terminfo has `bce`, `csr`, `ind` and `ri`."""
SCROLLING_FAMILIES = frozenset(("screen", "tmux", "vt100", "vt102", "vt220", "vt320", "vt420"))
"""Those with `csr`, `ind` and `ri` only."""


class TerminalAbilities(NamedTuple):
    """What we dare to ask of a terminal beyond printing, moving and colouring."""

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
"""Only what every terminal can do."""


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


# ---- the shadow


class Shadow:
    """What the terminal should show, beside what it does show.

    Lines are shared, not copied: a row is up to date when both sides hold the same object.
    """

    def __init__(self, abilities: TerminalAbilities, palette: Palette) -> None:
        self._abilities = abilities
        self._palette = palette
        self._size = (0, 0)
        self._wanted: list[Line] = []
        self._shown: list[Line | None] = []
        self._parts: list[list[Part]] = []
        """What each wanted row was last painted from: equal strips need no second look at their cells."""
        self._may_have_scrolled = False
        self._expected: tuple[int, int, int] | None = None
        """First and last row of what somebody says was scrolled, and by how many rows."""

    def forget_terminal(self) -> None:
        """The terminal may show anything now."""
        self._shown = [None] * len(self._shown)

    def filter(self) -> PaletteFilter:
        """What makes Textual draw with the pens we would take."""
        return PaletteFilter(self._palette)

    def wear(self, theme: Theme, variables: Mapping[str, str]) -> None:
        """Draw in this theme's colours from now on; what is painted from the same strips again may look different."""
        self._palette.wear(theme, variables)
        self._parts = [[] for _ in self._wanted]

    def adopt(self, lines: Sequence[Line]) -> None:
        """Somebody else has drawn these lines on the terminal, which shows nothing else."""
        self._size = (len(lines[0].glyphs), len(lines)) if lines else (0, 0)
        self._wanted, self._shown = list(lines), list(lines)
        self._parts = [[] for _ in lines]

    def shown(self) -> list[Line] | None:
        """Every line the terminal shows; None while one of them or a cell of it is unknown."""
        lines = [line for line in self._shown if line is not None and UNKNOWN not in line.glyphs]
        return lines if lines and len(lines) == len(self._shown) else None

    def apply(self, update: Any, size: tuple[int, int]) -> None:
        """Take in a `LayoutUpdate` or `ChopsUpdate` for a terminal of (columns, rows)."""
        if size != self._size:
            width, height = self._size = size
            self._wanted = [Line.filled(width, UNKNOWN)] * height
            self._shown = [None] * height
            self._parts = [[] for _ in range(height)]
        self._may_have_scrolled = True
        for row, parts in _layout_parts(update) if hasattr(update, "strips") else _chops_parts(update):
            if row < len(self._wanted):
                self._paint(row, parts)

    def lay(self, row: int, pieces: Iterable[tuple[int, int, Runs]]) -> None:
        """Put runs on a row between two columns each, past Textual."""
        if 0 <= row < len(self._wanted):
            self._wanted[row] = self._wanted[row].laid(pieces, self._palette)
            # Of what Textual painted there some is covered now: when it paints the same again, that is a change.
            self._parts[row] = []

    def expect_scroll(self, top: int, bottom: int, rows: int) -> None:
        """Say that what was laid from top to bottom (both included) mostly stood so many rows lower before."""
        self._may_have_scrolled = True
        # Twice in one frame is nothing to count on.
        self._expected = (top, bottom, rows) if self._expected is None else (0, 0, 0)

    def lay_strip(self, row: int, part: Part) -> None:
        """The same with a strip."""
        start, end, strip = part
        self.lay(row, [(start, end, runs_of(strip))])

    def _paint(self, row: int, parts: list[Part]) -> None:
        known = self._parts[row]
        if parts == known or all(part in known for part in parts):
            return
        self._wanted[row] = self._wanted[row].painted(parts, self._palette)
        untouched = [old for old in known if all(old[1] <= new[0] or old[0] >= new[1] for new in parts)]
        # Parts of one row may overlap (two spans of one widget); then only the last is sure to be seen whole.
        self._parts[row] = untouched + ([parts[-1]] if _overlap(parts) else parts)

    def take_changes(self) -> str:
        """What must be written to bring the terminal up to date; from then on it is held to be so."""
        rows = [
            row for row, (line, shown) in enumerate(zip(self._wanted, self._shown, strict=True)) if line is not shown
        ]
        if not rows:
            self._may_have_scrolled, self._expected = False, None
            return ""
        brush = Brush(self._abilities)
        if self._may_have_scrolled and self._abilities.scrolls_regions and len(rows) >= 4:
            if not self._scroll_as_expected(brush):
                self._scroll(brush, rows)
            rows = [row for row, line in enumerate(self._wanted) if line is not self._shown[row]]
        self._may_have_scrolled, self._expected = False, None
        for row in rows:
            brush.row(row, self._shown[row], self._wanted[row])
            self._shown[row] = self._wanted[row]
        return brush.finish()

    def _scroll_as_expected(self, brush: Brush) -> bool:
        """Scroll the terminal as somebody said; whether that was right, so that nobody need look for it."""
        if self._expected is None or not self._expected[2]:
            return False
        top, bottom, shift = self._expected
        if not 0 <= top < bottom < len(self._shown):
            return False
        after = self._shifted(top, bottom, shift)
        if after is None:
            return False
        pairs = zip(self._wanted[top : bottom + 1], after[top : bottom + 1], strict=True)
        moved = sum(line.glyphs == old.glyphs for line, old in pairs if old is not None)
        if 2 * moved <= bottom - top:
            return False
        brush.scroll(top, bottom, shift)
        self._shown = after
        return True

    def _scroll(self, brush: Brush, rows: list[int]) -> None:
        """Scroll the terminal, and the shown side with it, when most of the changed rows only moved."""
        window = self._changing_columns(rows)
        was_at = {"".join(line.glyphs[window]): row for row, line in enumerate(self._shown) if line is not None}
        votes: dict[int, list[int]] = {}
        for row in rows:
            text = "".join(self._wanted[row].glyphs[window])
            if text in was_at and not text.isspace():
                votes.setdefault(was_at[text] - row, []).append(row)
        shift, moved = max(votes.items(), key=lambda vote: len(vote[1]), default=(0, []))
        if not shift or len(moved) < 3:
            return
        top, bottom = min(moved) + min(shift, 0), max(moved) + max(shift, 0)
        after = self._shifted(top, bottom, shift)
        if after is not None and self._distance(after) + 40 < self._distance(self._shown):
            brush.scroll(top, bottom, shift)
            self._shown = after

    def _changing_columns(self, rows: list[int]) -> slice:
        """The columns in which these rows have other glyphs: a panel beside the moving one has no vote."""
        first, after = self._size[0], 0
        for row in rows:
            shown, wanted = self._shown[row], self._wanted[row].glyphs
            if shown is None:
                continue
            # Most rows change within the columns known so far: two slices tell faster than every cell.
            if shown.glyphs[:first] != wanted[:first] or shown.glyphs[after:] != wanted[after:]:
                differs = list(map(ne, shown.glyphs, wanted))
                first = min(first, differs.index(True))
                after = max(after, len(differs) - differs[::-1].index(True))
        return slice(first, after)

    def _shifted(self, top: int, bottom: int, shift: int) -> list[Line | None] | None:
        """The shown rows after a scroll, or None when some of them are unknown."""
        region = self._shown[top : bottom + 1]
        if None in region or abs(shift) > bottom - top:
            return None
        # Scrolled with the default pen in hand, so the rows that come in are blank on every terminal.
        blank: list[Line | None] = [Line.filled(self._size[0], " ")] * abs(shift)
        region = region[shift:] + blank if shift > 0 else blank + region[:shift]
        return self._shown[:top] + region + self._shown[bottom + 1 :]

    def _distance(self, shown: list[Line | None]) -> int:
        pairs = zip(self._wanted, shown, strict=True)
        return sum(line.cost_from(old) for line, old in pairs if old is not None and line is not old)

    def serialise(self) -> str:
        """What writes the shown screen on a cleared terminal, of whichever kind."""
        brush = Brush(TerminalAbilities())
        blank = Line.filled(self._size[0], " ")
        for row, line in enumerate(self._shown):
            if line is not None:
                brush.row(row, blank, line)
        return brush.finish()


def _overlap(parts: list[Part]) -> bool:
    ordered = sorted((start, end) for start, end, _ in parts)
    return any(first[1] > second[0] for first, second in pairwise(ordered))


def _layout_parts(update: Any) -> Iterator[tuple[int, list[Part]]]:
    for row, strips in enumerate(update.strips, update.region.y):
        column, parts = update.region.x, []
        for strip in strips:
            parts.append((column, column + strip.cell_length, strip))
            column += strip.cell_length
        yield row, parts


def _chops_parts(update: Any) -> Iterator[tuple[int, list[Part]]]:
    """The same pieces Textual would print: a chop is drawn from its own start, even left of the span."""
    rows: dict[int, list[Part]] = {}
    for row, first, last in update.spans:
        for end, (column, strip) in zip(update.chop_ends[row], update.chops[row].items(), strict=False):
            if strip is not None and column < last and end > first:
                rows.setdefault(row, []).append((column, min(end, last), strip))
    return iter(rows.items())


# ---- the differ and its mixin


@dataclass(slots=True, eq=False, repr=False)
class FrameDiffer:
    """The settings, the counters and the shadow of one app's display."""

    enabled: bool = True
    """Whether frames are compared; the flag `SHORTSIDE_DIFFER=0` clears it."""
    abilities: TerminalAbilities = NO_ABILITIES
    colour_system: str | None = "truecolor"
    """As a `Palette` takes it; None sends no colour at all, only bold, reverse and the like."""
    max_frames_per_second: float | None = None
    """Frames that come sooner are held back, and only the newest state is sent."""
    has_italics: bool = True
    """Whether the terminal slants italic text."""
    signs: dict[int, str] | None = None
    """Other signs for some, such as `tui.terminal.ascii_signs.PlainSigns`."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, for the frame budget and the rate."""
    fallback_reason: str | None = None
    """Why Textual draws by itself, or None while we do."""
    bytes_written: int = 0
    """Bytes of all frames we sent; frames Textual sent by itself are not counted."""
    frames_written: int = 0
    """How many frames we sent; a frame without a change is not sent."""
    shadow: Shadow = field(init=False)
    _recent: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=4096))
    _sent_at: float | None = None
    _hurried_until: float = float("-inf")

    def wear(self, theme: Theme, variables: Mapping[str, str]) -> None:
        """Draw in this theme's colours from now on."""
        self.shadow.wear(theme, variables)

    def __post_init__(self) -> None:
        self.shadow = Shadow(self.abilities, Palette(self.colour_system, self.signs, self.has_italics))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], colour_system: str | None) -> FrameDiffer:
        """Settings by `SHORTSIDE_DIFFER`, `TERM` and `NO_COLOR` (which counts when it is not empty)."""
        return cls(
            enabled=environment.get("SHORTSIDE_DIFFER", "1") != "0",
            abilities=TerminalAbilities.of(environment),
            colour_system=None if environment.get("NO_COLOR") else colour_system,
        )

    def bytes_per_second(self, now: float, window: float = 10.0) -> float:
        """The mean over the last seconds on `clock`; NaN when Textual draws and we cannot tell."""
        if not self.enabled or self.fallback_reason is not None:
            return float("nan")
        return sum(size for sent_at, size in self._recent if now - window < sent_at <= now) / window

    def hurry(self) -> None:
        """Somebody pressed a key: the frames that answer it go out at once, whatever the budget."""
        self._hurried_until = self.clock() + HURRY_SECONDS

    def wait(self) -> float:
        """Seconds until the frame budget allows the next frame; 0 when it does now."""
        if not self.max_frames_per_second or self._sent_at is None or self.clock() < self._hurried_until:
            return 0.0
        return max(0.0, self._sent_at + 1 / self.max_frames_per_second - self.clock())

    def count(self, frame: str) -> None:
        """Note that a frame was sent."""
        size, self._sent_at = len(frame.encode(errors="replace")), self.clock()
        self.bytes_written += size
        self.frames_written += 1
        self._recent.append((self._sent_at, size))

    def unfit(self, app: AnyApp) -> str | None:
        """Why this Textual or this app cannot be drawn by us, or None."""
        version = textual_version()
        if not version.startswith(TESTED_TEXTUAL):
            return f"Textual {version} is not the tested {TESTED_TEXTUAL}x"
        missing = [name for name in PRIVATE_PARTS if not hasattr(app, name)]
        return f"Textual has no {', '.join(missing)}" if missing else None


def textual_version() -> str:
    """The installed version of Textual."""
    # By the folder beside it: to ask `importlib.metadata` takes a tenth of the time until the first paint.
    for folder in Path(textual.__file__).parents[1].glob("textual-*.dist-info"):
        return folder.name.removeprefix("textual-").removesuffix(".dist-info")
    return textual.__version__


class DifferentialDisplay(AnyApp):
    """Mixed into an app, has its frames sent as differences: `class Monitor(DifferentialDisplay, App)`."""

    _writer: object = None
    _is_fit: bool = False
    _flush_timer: Any = None
    _flush_soon: Any = None
    _drawn_before: Sequence[Line] = ()

    @cached_property
    def painter(self) -> DirectPainter:
        """Brings cells of our own widgets to the terminal past the compositor."""
        return DirectPainter(self)

    @property
    def is_painting(self) -> bool:
        """Whether the terminal shows what the shadow says, and more may be put there."""
        return self._is_fit and self._draws() and not self._batch_count and self._is_live()

    def send_soon(self) -> None:
        """Have what was laid on the shadow sent when whoever lays it is done."""
        if self._flush_soon is None:
            self._flush_soon = asyncio.get_running_loop().call_soon(self._send_laid)

    def _send_laid(self) -> None:
        self._flush_soon = None
        if self.is_painting:
            self._send_unless(STALLED_SECONDS if self._is_stalled() else self.differ.wait())
            self.post_display_hook()

    def adopt_display(self, lines: Sequence[Line]) -> None:
        """Say, before the app runs, that the terminal already shows these lines and will not be cleared."""
        self._drawn_before = lines

    @cached_property
    def differ(self) -> FrameDiffer:
        """The settings and counters of the display."""
        differ = self.make_differ()
        differ.wear(self.current_theme, self.theme_variables)
        if not differ.enabled:
            self._filters.append(differ.shadow.filter())
        return differ

    def make_differ(self) -> FrameDiffer:
        """Settings for this app; override it to have others, as for a slow line."""
        return FrameDiffer.from_environment(os.environ, self.console.color_system)

    def watch_theme(self) -> None:
        """Another theme names other colours."""
        self.differ.wear(self.current_theme, self.get_css_variables())

    def invalidate_display(self) -> None:
        """Say that the terminal's contents are unknown; everything is written again."""
        self.differ.shadow.forget_terminal()
        if self.differ.frames_written:
            try:
                self.screen.refresh()
            except ScreenStackError:
                return

    def serialise_shadow(self) -> bytes:
        """What draws the present screen on a cleared terminal; empty when the differ is off."""
        return self.differ.shadow.serialise().encode() if self._draws() else b""

    def flush_display(self) -> None:
        """Send what the frame budget or a stalled terminal held back, if the terminal is ours to write to."""
        self._flush_timer = None
        if self._draws() and self._is_live():
            self._send_unless(STALLED_SECONDS if self._is_stalled() else self.differ.wait())

    def _draws(self) -> bool:
        return self.differ.enabled and self.differ.fallback_reason is None

    def _is_live(self) -> bool:
        driver = self._driver
        if driver is None or self.is_headless or driver.is_inline:
            return False
        return self._running and not self._closed

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if not self._draws() or renderable is None or self._batch_count or not self._is_live():
            super()._display(screen, renderable)
            return
        if not (hasattr(renderable, "chops") or hasattr(renderable, "strips")):
            super()._display(screen, renderable)
            self.differ.shadow.forget_terminal()
            return
        try:
            if not self._is_fit and (reason := self.differ.unfit(self)):
                self.fall_back(reason)
            else:
                self._is_fit = True
                if type(screen._compositor) is Compositor:
                    screen._compositor.__class__ = LeanCompositor
                self._take_in(renderable)
        # A differ that fails must never take the monitor down, whatever it stumbled on: Textual can draw.
        except Exception as error:
            self.fall_back(f"{type(error).__name__}: {error}")
        if self._draws():
            self._send_unless(STALLED_SECONDS if self._is_stalled() else self.differ.wait())
            self.post_display_hook()
        else:
            super()._display(screen, renderable)

    def _take_in(self, renderable: Any) -> None:
        # Every start of the driver, also after SIGTSTP or a bare SIGCONT, enters a blank alternate screen.
        writer = getattr(self._driver, "_writer_thread", None)
        width, height = self.size
        if writer is not self._writer:
            is_first, self._writer = self._writer is None, writer
            drawn = self._drawn_before if is_first else ()
            if drawn and (len(drawn[0].glyphs), len(drawn)) == self.size:
                self.differ.shadow.adopt(drawn)
            else:
                self.differ.shadow.forget_terminal()
        self.differ.shadow.apply(renderable, (width, height))

    def _is_stalled(self) -> bool:
        # A frame handed to a terminal that takes none blocks the event loop once thirty of them wait.
        return getattr(self._driver, "backlog", 0) > MOST_WAITING

    def _send_unless(self, wait: float) -> None:
        if not wait:
            self._send()
        elif self._flush_timer is None:
            # Not a timer of Textual's: one that is overdue when it starts never fires, and its frame would be lost.
            self._flush_timer = asyncio.get_running_loop().call_later(wait, self.flush_display)

    def _send(self) -> None:
        try:
            changes = self.differ.shadow.take_changes()
        except Exception as error:  # for the reason given in _display
            self.fall_back(f"{type(error).__name__}: {error}")
            return
        if not changes or self._driver is None:
            return
        column, row = self.screen.outer_size.clamp_offset(self.cursor_position)
        # The hidden cursor matters to input methods only: a widget that takes text has moved it from home.
        frame = changes + (f"\x1b[{row + 1};{column + 1}H" if row or column else "")
        if self._sync_available:
            frame = f"{SYNC_START}{frame}{SYNC_END}"
        self.differ.count(frame)
        self._driver.write(frame)
        self._driver.flush()

    def fall_back(self, reason: str) -> None:
        """Leave the rest of the session to Textual, starting with a full repaint."""
        for screen in self.screen_stack:
            if type(screen._compositor) is LeanCompositor:
                screen._compositor.__class__ = Compositor  # type: ignore[assignment]
        self.differ.fallback_reason = reason
        self._filters.append(self.differ.shadow.filter())
        self.log.warning(f"display differ off: {reason}")
        self.screen.refresh()

    async def _on_resize(self, event: events.Resize) -> None:
        # Terminals reflow as they like, and a resize there and back ends at a size Textual does not repaint.
        self.invalidate_display()

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Suspend the app as Textual does; afterwards the terminal's contents are unknown."""
        with super().suspend():
            yield
        self.invalidate_display()
