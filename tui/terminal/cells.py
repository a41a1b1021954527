"""Turns strips of a frame into lines of cells: clusters of characters with their widths and pens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import ne
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter

from tui.terminal.colour_math import nearest_of_256
from tui.terminal.pens import DEFAULT_PEN, ITALIC, SEEN_ON_A_BLANK, STYLE_ATTRIBUTES, Pen, style_of

if TYPE_CHECKING:
    from textual.color import Color as Background
    from textual.strip import Strip
    from textual.theme import Theme

    from tui.terminal.few_colours import FewColours


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
    from tui.terminal.own_theme import OwnTheme

    if isinstance(theme, OwnTheme) and colours is not None:
        looks = theme.looks(colours)
    else:
        looks = looks_of(theme.name, theme.dark, colours) if theme is not None else looks_of("", True, colours)
    return FewColours(looks, variables, colours)


class PaletteFilter(LineFilter):
    """A line filter that gives Textual our colours where it draws by itself; its own would be the nearest ones."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def apply(self, segments: list[Segment], background: Background) -> list[Segment]:
        """The segments of a line in the colours that the terminal has."""
        return [
            Segment(text, style and style_of(self._palette.pens(style)[0]) + Style.from_meta(style.meta), control)
            for text, style, control in segments
        ]


UNKNOWN = "\0"
"""The content of a cell whose glyph on the terminal is unknown."""


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

    def painted(self, parts: Iterable[PlacedStrip], palette: Palette) -> Line:
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


PlacedStrip = tuple[int, int, "Strip"]
"""First column, column after the last, and what is drawn there."""


class Cells(NamedTuple):
    """The cells of one strip."""

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
