"""A screen as text with styles, which a diff shows line by line, and as SVG for a look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from string import ascii_letters
from typing import Final, NamedTuple
from zlib import crc32

from rich.cells import cell_len
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.terminal_theme import TerminalTheme

from tui.terminal.cells import Line
from tui.terminal.frame_json import Row, frame_rows
from tui.terminal.pens import BOLD, DIM, ITALIC, REVERSE, SEEN_ON_A_BLANK, STYLE_ATTRIBUTES, Pen, style_of

FONT_SIZE: Final = 14.0
CELL_WIDTH: Final = FONT_SIZE * 1233 / 2048
"""The advance of DejaVu Sans Mono, which other monospaces share within a hundredth."""
CELL_HEIGHT: Final = 17.0
XTERM: Final = tuple(
    (int(one[:2], 16), int(one[2:4], 16), int(one[4:], 16))
    for line in (
        "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5",
        "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    )
    for one in line.split()
)
"""The sixteen colours as xterm has them (XTerm-col.ad)."""
DARK_TERMINAL: Final = TerminalTheme(XTERM[0], XTERM[7], [*XTERM[:8]], [*XTERM[8:]])
LIGHT_TERMINAL: Final = TerminalTheme(XTERM[15], XTERM[0], [*XTERM[:8]], [*XTERM[8:]])
NAMED: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
DIM_SHARE: Final = 0.55
"""How much of its ink dim text keeps."""


class ScreenPicture(NamedTuple):
    """Every cell of a terminal, with the pen it was drawn with, and what it shows."""

    name: str
    """Which screen, at which size, in which theme and colours; also the name of its file."""
    rows: Sequence[Row]
    is_dark: bool = True
    """Whether a terminal's own paper is taken to be black, where a theme leaves it as it is."""

    def text(self) -> str:
        """The rows as words, then the runs of every row's styles, each style under a letter of its own."""
        letters = letters_of(pen for row in self.rows for _, pen in row)
        words = ["".join(text for text, _ in row).rstrip() for row in self.rows]
        styles = [f"{letter} {words_of(pen)}" for pen, letter in letters.items()]
        runs = [
            f"{number} {' '.join(f'{letters[pen]}{cell_len(text)}' for text, pen in row)}"
            for number, row in enumerate(self.rows, 1)
        ]
        return "\n".join([self.name, *words, "-- styles", *styles, "-- runs", *runs, ""])

    def svg(self) -> str:
        """The cells as boxes and glyphs; the sixteen named colours are those of xterm."""
        theme = DARK_TERMINAL if self.is_dark else LIGHT_TERMINAL
        width = CELL_WIDTH * sum(cell_len(text) for text, _ in self.rows[0])
        height = CELL_HEIGHT * len(self.rows)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}">'
            f'<rect width="100%" height="100%" fill="{theme.background_color.hex}"/>'
            f'<g font-family="DejaVu Sans Mono, monospace" font-size="{FONT_SIZE:g}" xml:space="preserve">'
        )
        return "\n".join([head, *_shapes(self.rows, theme), "</g></svg>", ""])


def picture_of(name: str, lines: Sequence[Line], is_dark: bool = True) -> ScreenPicture:
    """The picture of what a terminal shows."""
    return ScreenPicture(name, [[*_joined(row)] for row in frame_rows(lines)], is_dark)


def _joined(row: Row) -> Iterator[tuple[str, Pen]]:
    """The runs of a row, those joined that look alike; on a blank nothing but the paper is seen."""
    joined = ""
    pen = row[0][1]
    for text, another in row:
        if another != pen and not (text.isspace() and _is_paper_alone(pen, another)):
            yield joined, pen
            joined, pen = "", another
        joined += text
    yield joined, pen


def _is_paper_alone(pen: Pen, blank: Pen) -> bool:
    """Whether a blank looks alike with either pen."""
    return pen.background == blank.background and not (pen.attributes | blank.attributes) & SEEN_ON_A_BLANK


def letters_of(pens: Iterable[Pen]) -> Mapping[Pen, str]:
    """A letter for each pen, which hardly depends on the other pens: a style more leaves most lines of a diff alone."""
    letters: dict[Pen, str] = {}
    taken: set[str] = set()
    places = [*ascii_letters, *(f"{one}{other}" for one in ascii_letters for other in ascii_letters)]
    for pen in sorted(set(pens)):
        first = crc32(words_of(pen).encode()) % len(ascii_letters)
        letter = next(place for place in (*places[first : len(ascii_letters)], *places) if place not in taken)
        taken.add(letter)
        letters[pen] = letter
    return dict(sorted(letters.items(), key=lambda item: (len(item[1]), item[1])))


def words_of(pen: Pen) -> str:
    """A pen in words: `bold #d78787 on #0f1115`, `reverse bright green`, `plain`."""
    attributes = [name for bit, name in enumerate(STYLE_ATTRIBUTES) if pen.attributes & 1 << bit]
    colours = [_colour_words(pen.foreground)] if pen.foreground else []
    paper = [f"on {_colour_words(pen.background)}"] if pen.background else []
    return " ".join([*attributes, *colours, *paper]) or "plain"


def _colour_words(code: str) -> str:
    numbers = [int(number) for number in code.split(";")]
    if len(numbers) == 5:
        return "#{:02x}{:02x}{:02x}".format(*numbers[2:])
    if len(numbers) == 3:
        return f"256:{numbers[2]}"
    is_bright = numbers[0] >= 90
    return f"bright {NAMED[numbers[0] % 10]}" if is_bright else NAMED[numbers[0] % 10]


def _shapes(rows: Sequence[Row], theme: TerminalTheme) -> Iterator[str]:
    for number, row in enumerate(rows):
        top, column = number * CELL_HEIGHT, 0
        glyphs: list[str] = []
        for text, pen in row:
            ink, paper = _colours(pen, theme)
            cells = cell_len(text)
            if paper != theme.background_color:
                # A hair wider: between two boxes of one colour the paper would shine through.
                yield (
                    f'<rect x="{column * CELL_WIDTH:.2f}" y="{top:g}" width="{cells * CELL_WIDTH + 0.3:.2f}" '
                    f'height="{CELL_HEIGHT + 0.3:g}" fill="{paper.hex}"/>'
                )
            glyphs += _glyphs(text, column, top, f'fill="{ink.hex}"{_weight(pen)}')
            column += cells
        yield from glyphs


def _glyphs(text: str, column: int, top: float, look: str) -> Iterator[str]:
    """Words of ASCII together, other glyphs each at its own place: a font may borrow one of another width."""
    for is_plain, run in groupby(text, key=lambda sign: sign.isascii() and sign != " "):
        word = "".join(run)
        for piece in [word] if is_plain else word:
            if not piece.isspace():
                place = f'x="{column * CELL_WIDTH:.2f}" y="{top + 0.78 * CELL_HEIGHT:.2f}"'
                yield f"<text {place} {look}>{escape(piece)}</text>"
            column += cell_len(piece)


def _weight(pen: Pen) -> str:
    bold = ' font-weight="bold"' if pen.attributes & BOLD else ""
    slanted = ' font-style="italic"' if pen.attributes & ITALIC else ""
    under = ' text-decoration="underline"' if "underline" in words_of(pen) else ""
    return bold + slanted + under


def _colours(pen: Pen, theme: TerminalTheme) -> tuple[ColorTriplet, ColorTriplet]:
    """The colours of a pen's ink and of its paper."""
    style = style_of(pen)
    ink = (style.color or Color.default()).get_truecolor(theme)
    paper = (style.bgcolor or Color.default()).get_truecolor(theme, foreground=False)
    if pen.attributes & REVERSE:
        ink, paper = paper, ink
    if pen.attributes & DIM:
        mixed = (round(DIM_SHARE * one + (1 - DIM_SHARE) * other) for one, other in zip(ink, paper, strict=True))
        ink = ColorTriplet(*mixed)
    return ink, paper
